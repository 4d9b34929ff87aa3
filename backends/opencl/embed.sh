#!/bin/sh
# embed.sh FILE.cl...: C of their bytes, as backends/opencl/program.c wants it.
set -eu
echo '#include "backends/opencl/opencl.h"'
for f in "$@"; do
	name=${f##*/}
	name=${name%.cl}
	echo "static const unsigned char ${name}_cl[] = {"
	od -An -v -tx1 "$f" | sed 's/  *\([0-9a-f][0-9a-f]\)/0x\1,/g'
	echo '};'
done
echo 'const struct ip_cl_source ip_cl_sources[] = {'
for f in "$@"; do
	name=${f##*/}
	name=${name%.cl}
	echo "	{ \"$name\", ${name}_cl, sizeof ${name}_cl },"
done
echo '	{ 0, 0, 0 }'
echo '};'
