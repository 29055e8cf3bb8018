# The table of layers in CONTRIBUTING.md.

load helper

# Print the includes that lead to a higher layer.  A file that no row names is
# pure.
layers() {
	cd "$BATS_TEST_DIRNAME/.." && python3 - <<-'EOF'
		import fnmatch, glob, os, re

		text = open("CONTRIBUTING.md", encoding="utf-8").read()
		table = re.search(r"(?s)\n\| the program .*?\n\n", text)[0]
		rows = [re.findall(r"`([^`]+)`", row.split(" | ")[1])
		        for row in table.strip().splitlines()]
		assert len(rows) > 10

		def layer(name):
		    stem = name.partition(".")[0]
		    found = [number for number, row in enumerate(rows)
		             if name in row or stem in row]
		    return (found + [number for number, row in enumerate(rows)
		            if any(fnmatch.fnmatch(stem, one) for one in row)]
		            + [len(rows) - 1])[0]

		for path in glob.glob("*.[ch]") + glob.glob("server/*.[ch]"):
		    name = os.path.basename(path)
		    for other in re.findall(r'#include "(?:server/)?(\w+\.h)"',
		            open(path, encoding="utf-8").read()):
		        if other[:-2] != name[:-2] and layer(other) < layer(name):
		            print(f"{name} includes {other}")
	EOF
}

@test "a file includes only files of its own layer and of those below it" {
	need python3
	run -0 layers
	[ "$output" = "" ]
}
