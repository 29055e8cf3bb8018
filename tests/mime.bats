# Media types: by extension, by content, and which ones get a charset.

load helper

# BYTES [NAME]: print the type of a file with this content; backslashes as in
# %b.
content() {
	printf %b "$1" | "$DRIVER" mime-content "${@:2}"
}

# N CHARACTER: print that many.
repeat() {
	printf "%*s" "$1" '' | tr ' ' "$2"
}

# Lines of TYPE|BYTES on stdin: the bytes must be detected as TYPE.
check_contents() {
	local type bytes got bad=0 n=0

	while IFS='|' read -r type bytes; do
		got=$(content "$bytes")
		[ "$got" = "$type" ] || bad=1 && n=$((n + 1))
		[ "$got" = "$type" ] || echo "$bytes: $got, not $type"
	done
	[ "$n" -gt 0 ] && return "$bad"
}

@test "the table of extensions is sorted, has no duplicates and over a thousand rows" {
	"$DRIVER" mime-table >"$OUT"
	LC_ALL=C sort -c -u -k 1,1 "$OUT"
	[ "$(wc -l <"$OUT")" -gt 1200 ]
}

@test "each row is a lower-case extension and a type" {
	run "$DRIVER" mime-table
	run -1 grep -vxE '[0-9a-z_-]{1,24} [a-z-]+/[0-9a-z.+-]+' <<<"$output"
}

@test "each row is found by its extension, in upper and lower case" {
	"$DRIVER" mime-table >"$OUT"
	mapfile -t names < <(sed 's/ .*//; s/^/name./' "$OUT")
	"$DRIVER" mime-name "${names[@]}" | diff <(cut -d' ' -f2 "$OUT") -
	"$DRIVER" mime-name "${names[@]^^}" | diff <(cut -d' ' -f2 "$OUT") -
}

@test "types that browsers require are exact" {
	while read -r name type; do
		[ "$("$DRIVER" mime-name "$name")" = "$type" ] ||
			fail "$name is not $type"
	done <<-'END'
		a.html text/html
		a.css text/css
		a.js text/javascript
		a.mjs text/javascript
		a.cjs text/javascript
		a.json application/json
		a.js.map application/json
		a.wasm application/wasm
		a.webmanifest application/manifest+json
		a.svg image/svg+xml
		a.ico image/vnd.microsoft.icon
		a.avif image/avif
		a.webp image/webp
		a.jxl image/jxl
		a.woff2 font/woff2
		a.vtt text/vtt
		a.opus audio/ogg
		a.flac audio/flac
		a.m4a audio/mp4
		a.mp4 video/mp4
		a.webm video/webm
		a.m3u8 application/vnd.apple.mpegurl
		a.mpd application/dash+xml
		a.glb model/gltf-binary
		a.usdz model/vnd.usdz+zip
		a.epub application/epub+zip
		a.ics text/calendar
		a.md text/markdown
		a.yaml text/yaml
		a.toml application/toml
		a.c text/plain
		a.rs text/plain
	END
}

@test "the last extension decides" {
	run "$DRIVER" mime-name archive.tar.gz jquery.min.JS .a.png a..css
	[ "${lines[*]}" = "application/gzip text/javascript image/png text/css" ]
}

@test "a name without a known extension has no type" {
	run "$DRIVER" mime-name '' . .. .gitignore .png ..png Makefile png a. \
		a.unheardof 'a.png ' 'a.p ng' 'a.png image' a.pn a.pngs a.. \
		a.{a..z}{a..z}{a..z}xyz "a.$(repeat 300 x)"
	[ "$(sort -u <<<"$output")" = - ]
}

@test "images are detected by their signatures" {
	check_contents <<-'END'
		image/png|\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR
		image/jpeg|\xff\xd8\xff\xe0\x00\x10JFIF
		image/gif|GIF89a\x01\x00
		image/gif|GIF87a\x01\x00
		image/webp|RIFF\x24\x00\x00\x00WEBPVP8 
		image/avif|\x00\x00\x00\x20ftypavif\x00
		image/avif|\x00\x00\x00\x20ftypavis\x00
		image/heic|\x00\x00\x00\x18ftypheic\x00
		image/heic|\x00\x00\x00\x18ftypheix\x00
		image/heic-sequence|\x00\x00\x00\x18ftyphevc\x00
		image/heif|\x00\x00\x00\x18ftypmif1\x00
		image/heif-sequence|\x00\x00\x00\x18ftypmsf1\x00
		image/jxl|\x00\x00\x00\x0cJXL \r\n\x87\n
		image/jxl|\xff\x0a\xfa\x1f
		image/jp2|\x00\x00\x00\x0cjP  \r\n\x87\n
		image/bmp|BM\x46\x00\x00\x00\x00\x00\x00\x00\x36
		image/vnd.microsoft.icon|\x00\x00\x01\x00\x02\x00\x10
		image/tiff|II*\x00\x08
		image/tiff|MM\x00*\x00
		image/tiff|II+\x00\x08\x00\x00\x00
		image/tiff|MM\x00+\x00\x08\x00\x00
		image/vnd.adobe.photoshop|8BPS\x00\x01
		image/x-xcf|gimp xcf v011\x00
		image/vnd.djvu|AT&TFORM\x00\x00\x01\x00DJVU
		image/ktx|\xabKTX 11\xbb\r\n\x1a\n
		image/ktx2|\xabKTX 20\xbb\r\n\x1a\n
		image/vnd.radiance|#?RADIANCE\nFORMAT=
	END
}

@test "sound is detected by its signatures" {
	check_contents <<-'END'
		audio/mpeg|ID3\x02\x00\x00
		audio/mpeg|ID3\x03\x00\x00
		audio/mpeg|ID3\x04\x00\x00
		audio/mpeg|\xff\xfb\x90\x64
		audio/mpeg|\xff\xfa\x90\x64
		audio/mpeg|\xff\xf3\x40\xc4
		audio/mpeg|\xff\xf2\x40\xc4
		audio/mpeg|\xff\xe3\x40\xc4
		audio/mpeg|\xff\xe2\x40\xc4
		audio/aac|\xff\xf1\x50\x80
		audio/aac|\xff\xf9\x50\x80
		audio/flac|fLaC\x00\x00\x00\x22
		audio/ogg|OggS\x00\x02aaaaaaaaaaaaaaaaaaaaaa\x01vorbis
		video/ogg|OggS\x00\x02aaaaaaaaaaaaaaaaaaaaaa\x80theora
		video/ogg|OggS\x00\x02aaaaaaaaaaaaaaaaaaaaaafishead\x00
		audio/wav|RIFF\x24\x00\x00\x00WAVEfmt 
		audio/mp4|\x00\x00\x00\x1cftypM4A \x00
		audio/mp4|\x00\x00\x00\x1cftypM4B \x00
		audio/midi|MThd\x00\x00\x00\x06\x00
		audio/x-aiff|FORM\x00\x00\x10\x00AIFFCOMM
		audio/x-aiff|FORM\x00\x00\x10\x00AIFCFVER
		audio/basic|.snd\x00\x00\x00\x18
		audio/amr|#!AMR\n\x0c
		audio/amr-wb|#!AMR-WB\n\x0c
		audio/x-caf|caff\x00\x01\x00\x00
	END
}

@test "video is detected by its signatures" {
	ebml='\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04'
	segment=$(repeat 40 a)
	packet='\x47'$(repeat 187 '\377')
	disc='\x00\x00\x00\x00'$packet
	check_contents <<-END
		video/mp4|\x00\x00\x00\x20ftypisom\x00
		video/mp4|\x00\x00\x00\x18ftypmp42\x00
		video/quicktime|\x00\x00\x00\x14ftypqt  \x00
		video/3gpp|\x00\x00\x00\x18ftyp3gp5\x00
		video/3gpp2|\x00\x00\x00\x18ftyp3g2a\x00
		video/quicktime|\x00\x00\x00\x08wide\x00
		video/quicktime|\x00\x01\x02\x03moov\x00
		video/x-msvideo|RIFF\x24\x00\x00\x00AVI LIST
		video/webm|$ebml\x42\xf3\x81\x08\x42\x82\x84webm$segment
		video/x-matroska|$ebml\x42\xf3\x81\x08\x42\x82\x88matroska$segment
		video/x-matroska|$ebml
		video/x-flv|FLV\x01\x05
		video/mpeg|\x00\x00\x01\xba\x44
		video/mpeg|\x00\x00\x01\xb3\x44
		video/x-ms-asf|\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6
		video/mp2t|$packet$packet$packet
		video/mp2t|$disc$disc$disc
		text/plain|$packet$packet
	END
}

@test "fonts are detected by their signatures" {
	check_contents <<-'END'
		font/woff|wOFF\x00\x01\x00\x00
		font/woff|wOFFOTTO\x00
		font/woff|wOFFtrue\x00
		font/woff2|wOF2\x00\x01\x00\x00
		font/woff2|wOF2OTTO\x00
		font/woff2|wOF2true\x00
		font/ttf|\x00\x01\x00\x00\x00\x0f
		font/ttf|true\x00\x0f
		font/otf|OTTO\x00\x0b
		font/collection|ttcf\x00\x01
	END
}

@test "archives are detected by their signatures" {
	zeros=$(repeat 257 x)
	check_contents <<-END
		application/zip|PK\x03\x04\x14
		application/zip|PK\x05\x06\x00
		application/epub+zip|PK\x03\x04$(repeat 26 x)mimetypeapplication/epub+zipPK
		application/gzip|\x1f\x8b\x08
		application/x-xz|\xfd7zXZ\x00\x00
		application/zstd|\x28\xb5\x2f\xfd\x04
		application/x-bzip2|BZh91AY&SY\x00
		application/x-7z-compressed|7z\xbc\xaf\x27\x1c\x00
		application/vnd.rar|Rar!\x1a\x07\x00
		application/x-tar|${zeros}ustar\x0000
		application/x-tar|${zeros}ustar  \x00
		application/x-lzip|LZIP\x01\x0c
		application/x-lz4|\x04\x22\x4d\x18\x64
		application/vnd.ms-cab-compressed|MSCF\x00\x00\x00\x00
		application/x-chrome-extension|Cr24\x03\x00\x00\x00
		application/x-debian-package|!<arch>\ndebian-binary   
		application/x-redhat-package-manager|\xed\xab\xee\xdb\x03
	END
}

@test "programs, documents and data are detected by their signatures" {
	check_contents <<-'END'
		application/pdf|%PDF-1.7\n
		application/postscript|%!PS-Adobe-3.0\n
		application/rtf|{\\rtf1\\ansi}
		application/wasm|\x00asm\x01\x00\x00\x00
		application/x-executable|\x7fELF\x02\x01\x01
		application/x-msdos-program|MZ\x90\x00\x03
		application/vnd.sqlite3|SQLite format 3\x00\x10
		application/vnd.apache.arrow.file|ARROW1\x00\x00
		application/vnd.apache.parquet|PAR1\x15\x04
		application/x-hdf|\x89HDF\r\n\x1a\n
		application/vnd.tcpdump.pcap|\xd4\xc3\xb2\xa1\x02
		application/vnd.tcpdump.pcap|\xa1\xb2\xc3\xd4\x00
		model/gltf-binary|glTF\x02\x00\x00\x00
	END
}

@test "files that real programs wrote are detected by content" {
	cp "$BATS_TEST_FILENAME" "$ROOT/f"
	[ "$(tar -c -C "$ROOT" f | "$DRIVER" mime-content)" = application/x-tar ]
	[ "$(gzip -c "$ROOT/f" | "$DRIVER" mime-content)" = application/gzip ]
	cp "$BASH" "$ROOT/program"
	run "$DRIVER" mime-content <"$ROOT/program"
	[ "$output" = application/x-executable ]
	run "$DRIVER" mime-content <"$ROOT/f"
	[ "$output" = "text/plain; charset=utf-8" ]
}

@test "an incomplete signature is not detected" {
	check_contents <<-'END'
		text/plain; charset=utf-8|GIF89
		text/plain; charset=utf-8|RIFF....WEB
		application/octet-stream|\x89PNG\r\n\x1a
		application/octet-stream|\x00as
	END
}

@test "words that resemble signatures are text" {
	check_contents <<-'END'
		text/plain; charset=utf-8|BM is short for bitmap
		text/plain; charset=utf-8|MZ were his initials
		text/plain; charset=utf-8|ID3 tags explained
		text/plain; charset=utf-8|OTTO and true friends
		text/plain; charset=utf-8|The moov atom
		text/plain; charset=utf-8|PK and GK
		text/plain; charset=utf-8|OggS, fLaC, wOFF, wOF2, ttcf
	END
}

@test "text of any language is text/plain" {
	check_contents <<-'END'
		text/plain; charset=utf-8|
		text/plain; charset=utf-8|# A title\n\nWords.\n
		text/plain; charset=utf-8|#!/bin/sh\n\techo "\x1b[1m"\n
		text/plain; charset=utf-8|all: a.o\n\tcc -o a a.o\n
		text/plain; charset=utf-8|page one\x0cpage two\r\n
		text/plain; charset=utf-8|\xef\xbb\xbfwith a mark
		text/plain; charset=utf-8|\xe4\xbd\xa0\xe5\xa5\xbd
		text/plain|caf\xe9
	END
}

@test "HTML without an extension is shown as text, because it may be an attack" {
	check_contents <<-'END'
		text/plain; charset=utf-8|<!DOCTYPE html><script>alert(1)</script>
		text/plain; charset=utf-8|<?xml version="1.0"?><html/>
		text/plain; charset=utf-8|<svg xmlns="http://www.w3.org/2000/svg"/>
	END
}

@test "UTF-16 is detected as text only by its byte order mark" {
	check_contents <<-'END'
		text/plain; charset=utf-16le|\xff\xfeh\x00i\x00
		text/plain; charset=utf-16be|\xfe\xff\x00h\x00i
		application/octet-stream|h\x00i\x00
	END
}

@test "a control character that text does not have makes a file binary" {
	for byte in {0..31}; do
		hex=$(printf %02x "$byte")
		type=application/octet-stream
		case $byte in 9 | 10 | 12 | 13 | 27) type='text/plain; charset=utf-8' ;; esac
		[ "$(content "text\\x$hex text")" = "$type" ] || fail "$hex"
	done
}

@test "bytes after the first 1024 do not count" {
	[ "$(content "$(repeat 1024 a)\x00")" = 'text/plain; charset=utf-8' ]
	[ "$(content "$(repeat 1023 a)\x00")" = application/octet-stream ]
}

@test "a known extension decides, whatever the bytes are" {
	[ "$(content '\x89PNG\r\n\x1a\n' a.zip)" = application/zip ]
	[ "$(content 'no image' a.png)" = image/png ]
	[ "$(content '' a.html)" = 'text/html; charset=utf-8' ]
}

@test "a .ts file is TypeScript if it is text, else video" {
	[ "$(content 'const n: number = 1\n' a.ts)" = 'text/plain; charset=utf-8' ]
	[ "$(content 'GGG\n' a.mts)" = 'text/plain; charset=utf-8' ]
	[ "$(content '' empty.ts)" = 'text/plain; charset=utf-8' ]
	[ "$(content '\x47\x40\x00\x10\x00' a.ts)" = video/mp2t ]
	[ "$(content '\x9a\x01\xf3\x00' encrypted.ts)" = video/mp2t ]
}

@test "charset=utf-8 is added only to UTF-8 text" {
	[ "$(content 'a\xc3\xa9' a.html)" = 'text/html; charset=utf-8' ]
	[ "$(content 'a\xe9b' a.html)" = text/html ]
	[ "$(content '\xc4\xe3\xba\xc3' a.txt)" = text/plain ]      # GBK
	[ "$(content '\xb0\xa1\xb3\xaa' a.css)" = text/css ]        # EUC-KR
	[ "$(content '\xed\xa0\x80' a.txt)" = text/plain ]          # a surrogate
	[ "$(content '\xc0\xaf' a.txt)" = text/plain ]              # overlong
	[ "$(content 'plain' a.js)" = 'text/javascript; charset=utf-8' ]
}

@test "one byte of Latin-1 is detected at any position" {
	for before in {0..24}; do
		run content "$(repeat "$before" a)\xe9$(repeat 24 a)" a.txt
		[ "$output" = text/plain ] || fail "behind $before bytes"
	done
}

@test "only text types and JSON get a charset" {
	[ "$(content '{}' a.json)" = application/json ]
	[ "$(content '<svg/>' a.svg)" = image/svg+xml ]
	[ "$(content '<a/>' a.xml)" = application/xml ]
	[ "$(content '<html/>' a.xhtml)" = application/xhtml+xml ]
}

@test "a character cut off by the end of the first 1024 bytes still counts as UTF-8" {
	for character in '\xc3\xa9' '\xe0\xa4\xb9' '\xe4\xbd\xa0' '\xed\x95\x9c' \
		'\xf0\x9f\x98\x80' '\xf4\x8f\xbf\xbf'; do
		for before in 1020 1021 1022 1023; do
			run content "$(repeat "$before" a)${character}b" a.txt
			[ "$output" = 'text/plain; charset=utf-8' ] ||
				fail "$character behind $before bytes"
		done
	done
}

@test "bytes at the end of the first 1024 that begin no character are not UTF-8" {
	for bytes in '\x80' '\xc0' '\xe9a' '\xe0\x80' '\xed\xa0' '\xf0\x80\x80' \
		'\xf4\x90\x80' '\xf5' '\xff'; do
		raw=$(printf %b "$bytes" | wc -c)
		run content "$(repeat $((1024 - raw)) a)${bytes}bbbb" a.txt
		[ "$output" = text/plain ] || fail "$bytes"
	done
}

@test "a character cut off by the end of the file is not UTF-8" {
	[ "$(content 'a\xe4\xbd' a.txt)" = text/plain ]
	[ "$(content "$(repeat 1022 a)\xe4\xbd" a.txt)" = text/plain ]
}

@test "an old page whose beginning is ASCII keeps its own charset" {
	[ "$(content '<meta charset=gbk>' a.html)" = text/html ]
	[ "$(content '<META content="text/html; CHARSET = euc-kr">' a.htm)" = text/html ]
	[ "$(content "<meta charset='iso-2022-jp'>\x1b\$B" a.html)" = text/html ]
	[ "$(content '<meta charset="utf-8">' a.html)" = 'text/html; charset=utf-8' ]
	[ "$(content '<meta charset=UTF8>' a.html)" = 'text/html; charset=utf-8' ]
	[ "$(content '<meta charset=gbk>\xe4\xbd\xa0' a.html)" = 'text/html; charset=utf-8' ]
	[ "$(content '<i a=b c=d>charset' a.html)" = 'text/html; charset=utf-8' ]
	# The value is cut off, and the memory after it is not mapped.
	[ "$(content '<meta charset=' a.html)" = text/html ]
}

# Extension, our type or "-", and theirs, for all extensions in mime-types
# 3.0.2.
mime_types() {
	need_module mime-types
	"$DRIVER" mime-table | node -e '
		const rows = require("fs").readFileSync(0, "utf8").split("\n")
		const ours = Object.fromEntries(rows.map(row => row.split(" ")))
		const theirs = require("mime-types").types
		for (const e of Object.keys(theirs).sort())
			console.log(e, ours[e] ?? "-", theirs[e])' >"$OUT"
}

@test "at least 99 % of the types agree with npm's mime-types" {
	mime_types
	awk '{ n++; same += $2 == $3 }
		END { print same " of " n; exit n < 1000 || same < 0.99 * n }' "$OUT"
}

@test "each difference from mime-types has a reason in MIME.md" {
	mime_types
	awk '$2 != $3' "$OUT" | sort |
		diff <(sed -nE 's/^\| ([^ ]+) \| ([^ ]+\/[^ ]+) \| ([^ ]+) \| .+/\1 \2 \3/p' \
			"$BATS_TEST_DIRNAME/MIME.md" | sort) -
}

@test "text that browsers would download is shown as text/plain" {
	while read -r name type; do
		[ "$(content '# text \xe2\x82\xac\n' "$name")" = \
			"text/plain; charset=utf-8" ] || fail "$name"
		[ "$(content 'caf\xe9' "$name")" = "$type" ] || fail "$name"
		[ "$(content 'bin\x00ary' "$name")" = "$type" ] || fail "$name"
		[ "$("$DRIVER" mime-name "$name")" = "$type" ] || fail "$name"
	done <<-'END'
		a.sh application/x-sh
		a.pl application/x-perl
		a.toml application/toml
		a.sql application/sql
		a.tex application/x-tex
		a.bat application/x-msdownload
		a.php application/x-httpd-php
		a.srt application/x-subrip
		a.gpx application/gpx+xml
		a.ics text/calendar
		a.vcf text/x-vcard
		a.eml message/rfc822
		a.csv text/csv
		a.tsv text/tab-separated-values
		a.dot application/msword
		configure.ac application/pkix-attr-cert
		kernel.cu application/cu-seeme
		main.dart application/vnd.dart
		a.dtd application/xml-dtd
		board.dts audio/vnd.dts
		db.dump application/octet-stream
		a.hjson application/hjson
		debian.install application/x-install-instructions
		messages.pot application/vnd.ms-powerpoint
		id_rsa.pub application/x-mspublisher
		a.sc application/vnd.ibm.secure-container
		a.scm application/vnd.lotus-screencam
		top.sls application/route-s-tsid+xml
		a.src application/x-wais-source
		a.st application/vnd.sailingtracker.track
		a.vhd application/x-virtualbox-vhd
	END
}

@test "JSON that Firefox would download is shown as application/json" {
	for name in a.{geojson,ign,ipynb,json-patch,jsonml,sarif,stix} \
		a.webmanifest; do
		[ "$(content '{}' $name)" = application/json ]
		[ "$(content '\x00' $name)" = \
			"$("$DRIVER" mime-name $name)" ]
	done
}

@test "a type that a program needs is kept, even if the bytes are text" {
	for name in a.m3u8 a.mpd a.kml a.rss a.jnlp a.pac a.pem a.rtf a.ttl \
		a.doc a.exe a.mhtml a.jsonld; do
		[ "$(content 'text' $name | cut -d';' -f1)" = \
			"$("$DRIVER" mime-name $name)" ] || fail "$name"
	done
}

@test "JSON gets a charset if it contains non-ASCII bytes" {
	[ "$(content '{"a":"\xc3\xa9"}' a.json)" = \
		'application/json; charset=utf-8' ]
	[ "$(content "[$(repeat 2000 ' ')\"\xc3\xa9\"]" a.map)" = \
		'application/json; charset=utf-8' ]
	[ "$(content '{"a":"\xe9"}' a.json)" = application/json ]
	[ "$(content '{"a":1}' a.json)" = application/json ]
	[ "$(content '{"a":"\xc3\xa9"}' a.jsonld)" = \
		'application/ld+json; charset=utf-8' ]
}

@test "text without a known extension gets no nosniff, because it may be a script" {
	echo 'alert(1)' >"$ROOT/app.js?v=3"
	echo 'alert(1)' >"$ROOT/noext"
	echo 'alert(1)' >"$ROOT/app.js"
	echo 'text' >"$ROOT/a.txt"
	echo '#!/bin/sh' >"$ROOT/a.sh"
	printf '\0\1\2' >"$ROOT/binary"
	serve_start
	for name in 'app.js%3Fv=3' noext; do
		run curl -sSi "$URL$name"
		[[ ${output,,} == *'content-type: text/plain; charset=utf-8'* ]]
		[[ ${output,,} != *nosniff* ]]
		etag=$(field_of etag "$URL$name")
		run curl -sSi -H "If-None-Match: $etag" "$URL$name"
		[[ $output == *304* ]]
		[[ ${output,,} != *nosniff* ]]
	done
	for name in app.js a.txt a.sh binary absent ''; do
		[ "$(field_of x-content-type-options "$URL$name")" = nosniff ]
	done
	serve_stop TERM
	serve_start -H 'Content-Type: text/html'
	[ "$(field_of x-content-type-options "${URL}noext")" = nosniff ]
}

@test "a gzipped .svgz gets Content-Encoding: gzip" {
	echo '<svg xmlns="http://www.w3.org/2000/svg"/>' >"$ROOT/plain.svgz"
	gzip -c "$ROOT/plain.svgz" >"$ROOT/a.svgz"
	serve_start
	[ "$(field_of content-encoding "${URL}a.svgz")" = gzip ]
	[ "$(field_of content-type "${URL}a.svgz")" = image/svg+xml ]
	[ "$(curl -sS --compressed "${URL}a.svgz")" = "$(cat "$ROOT/plain.svgz")" ]
	[ "$(field_of content-encoding "${URL}plain.svgz")" = '' ]
	gzip -kf "$ROOT/a.svgz"
	[ "$(curl -sS -H 'Accept-Encoding: gzip' "${URL}a.svgz" | gunzip)" = \
		"$(cat "$ROOT/plain.svgz")" ]
	[ "$(curl -sS -D - -o /dev/null -H 'Accept-Encoding: gzip' \
		"${URL}a.svgz" | grep -ic '^content-encoding: gzip')" = 1 ]
}
