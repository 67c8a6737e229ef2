#!/usr/bin/env bash
# zstandard 0.25.0 (pip): one file of several frames, which `zstd` and `pzstd` write, is read whole by some of the
# library's functions and cut in silence by another.
#
# Output: of two frames, `open` and `ZstdDecompressor().stream_reader` give both, `ZstdDecompressor().decompress` and
# `zstandard.decompress` the first alone, without an error.
#
# A guess ("decompress is the short form of the same") would have cost every row behind the first frame of files that
# were written in parallel or appended to: `cat a.zst b.zst` is a valid file (RFC 8878, section 3.1).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check zstandard==0.25.0
found=$("$work/venv/bin/python" - <<'PY'
import io, zstandard
frame = zstandard.ZstdCompressor().compress
data = frame(b"id\n1\n") + frame(b"2\n")
decompressor = zstandard.ZstdDecompressor()
read = (
    zstandard.open(io.BytesIO(data), "rb").read(),
    decompressor.stream_reader(io.BytesIO(data)).read(),
    decompressor.decompress(data),
    zstandard.decompress(data),
)
print(*(len(part.splitlines()) for part in read))
PY
)
echo "$found"
[[ $found == "3 3 2 2" ]]
