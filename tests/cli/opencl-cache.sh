# The programs that the OpenCL backend keeps on disk: whatever becomes of their
# files or of their folder, the numbers are the same, and there is no error.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"
if ! iphase-info --backends | grep -q '^  opencl:'; then
	skip 'programs on disk' 'no OpenCL device, or a build without OpenCL'
	exit 0
fi
here=$PWD
export IPHASE_BACKEND=opencl POCL_CACHE_DIR="$here/pocl"
export POCL_MAX_PTHREAD_COUNT=2
unset IPHASE_CACHE XDG_CACHE_HOME

# one FOLDER [VARIABLE=VALUE...]: a program, tried; it is kept in FOLDER, once
one() {
	folder=$1
	shift
	env "$@" "$IP_BUILDDIR/tests/t_adamw" >out 2>&1 &&
		! grep -q 'error:' out || return 1
	[ "$folder" = none ] ||
		[ "$(cd "$folder" && echo *)" = "$(cd "$folder" &&
		echo adamw-*.bin)" ]
}

# again WHAT: the file is replaced, this once
again() {
	inode=$(ls -i cache/*.bin)
	one cache IPHASE_CACHE="$here/cache" && [ -f "$file" ] &&
		[ "$(ls -i cache/*.bin)" != "$inode" ]
	result "$1: built and kept again" $?
	kept "$1: then not again"
}

kept() {
	inode=$(ls -i cache/*.bin)
	one cache IPHASE_CACHE="$here/cache" &&
		[ "$(ls -i cache/*.bin)" = "$inode" ]
	result "$1" $?
}

one cache IPHASE_CACHE="$here/cache"
result 'a program is kept' $?
file=$(ls cache/*.bin)
size=$(($(wc -c <"$file")))
kept 'what is kept is taken'

for at in 0 7 16 $((size / 2)) $((size - 1)); do
	cp "$file" whole
	head -c "$at" whole >"$file"
	again "cut to $at of $size bytes"
done
# its first byte, some in the middle, and of its length, checksum and mark
for at in 0 $((size / 3)) $((size / 2)) $((size - 16)) $((size - 8)) \
	$((size - 1)); do
	byte=$(od -An -tu1 -j "$at" -N 1 "$file")
	# shellcheck disable=SC2059
	printf "\\$(printf '%o' $((byte ^ 1)))" |
		dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null
	again "a bit of byte $at flipped"
done
cat "$file" "$file" >longer
cp longer "$file"
again 'something before it'
echo >>"$file"
again 'something behind it'

one a/b/c IPHASE_CACHE="$here/a/b/c"
result 'a folder of folders that are not there is made' $?
one x/iphase XDG_CACHE_HOME="$here/x"
result 'XDG_CACHE_HOME' $?
one h/.cache/iphase HOME="$here/h"
result 'HOME' $?
mkdir r
(cd r && HOME=$here/g one ../g/.cache/iphase XDG_CACHE_HOME=x) && [ ! -e r/x ]
result 'an XDG_CACHE_HOME that is no whole path counts for nothing' $?
(unset HOME && one none)
result 'no folder at all' $?
echo text >file
one none IPHASE_CACHE="$here/file" && [ "$(cat file)" = text ]
result 'a folder that is a file' $?
one none IPHASE_CACHE=/dev/null/cache
result 'a folder that cannot be made' $?
mkdir locked
chmod 500 locked
if touch locked/file 2>/dev/null; then
	skip 'a folder that must not be written to' 'this user may do anything'
else
	one none IPHASE_CACHE="$here/locked"
	result 'a folder that must not be written to' $?
fi

# both WHAT: by two processes at the same time
both() {
	mkdir -p p q
	(cd p && one none IPHASE_CACHE="$here/cache") &
	first=$!
	(cd q && one none IPHASE_CACHE="$here/cache")
	rc=$?
	wait $first && [ $rc = 0 ]
	result "two at once: $1" $?
	kept "two at once: $1: kept once"
}
rm "$file"
both 'nothing there'
head -c $((size / 2)) whole >"$file"
both 'a file that is cut'
both 'a good file'
