"""terminal.py COMMAND <OUTPUT >SVG: a terminal that shows COMMAND and its
output; of the escape sequences those for colours count."""
import re
import sys
from html import escape

WIDTH, HEIGHT = 8.4, 18                 # of a character
PAD = 14
NO_BREAK = "\u00a0"                     # SVG collapses other spaces


def colour(parameters):
    """The style that ESC [ parameters m sets: of serve's, bold and one of
    256 colours."""
    found = re.search(r"38;5;(\d+)", parameters)
    style = "font-weight='bold'" if re.match(r"1\b", parameters) else ""
    if found:
        n = int(found[1]) - 16
        level = [0, 95, 135, 175, 215, 255]
        style += " fill='#%02x%02x%02x'" % (
            level[n // 36], level[n // 6 % 6], level[n % 6])
    return style


def pieces(line):
    """(style, text) of a line, one after the other."""
    style = ""
    for part in re.split(r"(\x1b\[[0-9;?]*[A-Za-z])", line):
        if part.startswith("\x1b"):
            if part.endswith("m"):
                style = colour(part[2:-1])
        elif part:
            yield style, part


def drawing(line, y):
    """The SVG of one line; the blocks of a QR code are drawn as such."""
    x, out = PAD, []
    for style, text in pieces(line):
        for run in re.findall(r"[ █▀▄]*[█▀▄][ █▀▄]*|[^█▀▄]+", text):
            if not re.search("[█▀▄]", run):
                out.append(f"<text x='{x:.1f}' y='{y + 13}' {style} "
                           f"textLength='{len(run) * WIDTH:.1f}'>"
                           f"{escape(run).replace(' ', NO_BREAK)}</text>")
                x += len(run) * WIDTH
                continue
            for c in run:
                top, height = {"█": (0, 18), "▀": (0, 9), "▄": (9, 9)}.get(
                    c, (0, 0))
                if height:
                    out.append(f"<path d='M{x:.1f} {y + top}h8.5v{height}"
                               f"h-8.5z'/>")
                x += WIDTH
    return "".join(out)


text = sys.stdin.read().replace("\r", "")
text = text.split("\nStopped")[0].replace("^C", "").rstrip("\n")
lines = ["$ " + sys.argv[1]] + text.split("\n")
plain = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in lines]
columns = max(80, *map(len, plain))
width, height = columns * WIDTH + 2 * PAD, len(lines) * HEIGHT + 2 * PAD
print(f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.0f}' "
      f"height='{height}' viewBox='0 0 {width:.0f} {height}'>")
print(f"<rect width='100%' height='100%' rx='8' fill='#fbfbf8'/>"
      f"<g font-family='ui-monospace,Menlo,Consolas,DejaVu Sans Mono,monospace'"
      f" font-size='14' fill='#202020'>")
for i, line in enumerate(lines):
    print(drawing(line, PAD + i * HEIGHT))
print("</g></svg>")
