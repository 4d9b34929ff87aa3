#!/bin/sh
# run.sh SRCDIR TEST...: runs each test, one after another, and counts.
#
# A TEST is a path below the build folder (a program) or, ending in .sh, below
# SRCDIR (run by sh). Each runs in an empty folder of its own with no standard
# input, and with
#   IP_SRCDIR    the top of the source tree
#   IP_BUILDDIR  the top of the build folder, which is first in PATH
# cmocka programs report in TAP: each of their tests counts by itself, and a
# program that crashes, or that prints no result at all, is a failure more.
# A script, or a program in tests/fuzz, may print TAP ('ok', 'not ok',
# '# SKIP'), or else is one test: exit 0 passed, 77 skipped, others failed.
#   IP_TEST_CACHE a folder for what tests share of built programs
# IP_TEST_TIMEOUT (seconds, 900) ends a test that hangs.
# Prints one line a test (its name, how many tests it held, seconds), all
# output of those that failed, and last
# 'N passed, N failed' or 'N passed, N failed, N skipped'.
set -u

IP_SRCDIR=$(cd "$1" && pwd -P) IP_BUILDDIR=$(pwd -P)
PATH=$IP_BUILDDIR:$PATH
CMOCKA_MESSAGE_OUTPUT=tap LC_ALL=C
export IP_SRCDIR IP_BUILDDIR PATH CMOCKA_MESSAGE_OUTPUT LC_ALL
unset CMOCKA_XML_FILE CMOCKA_TEST_ABORT IPHASE_BACKEND
shift

limit=''
if command -v timeout >/dev/null 2>&1; then
	limit="timeout ${IP_TEST_TIMEOUT:-900}"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/iphase-check.XXXXXX") || exit 1
trap 'rm -rf "$work"' 0
trap 'exit 1' 1 2 15

# programs for OpenCL, which take long to build, are shared by all tests
IP_TEST_CACHE=${IP_TEST_CACHE:-$work/cache}
export IP_TEST_CACHE

passed=0 failed=0 skipped=0
for t in "$@"; do
	mkdir "$work/dir"
	case $t in
	*.sh) cmd="sh $IP_SRCDIR/$t" ;;
	*) cmd=$IP_BUILDDIR/$t ;;
	esac
	begin=$(date +%s)
	# shellcheck disable=SC2086
	(cd "$work/dir" && exec $limit $cmd) >"$work/out" 2>&1 </dev/null
	rc=$?
	eval "$(awk '
		/^(not )?ok.*# *SKIP/ { s++; next }
		/^ok( |$)/ { p++ }
		/^not ok( |$)/ { f++ }
		END { printf "p=%d f=%d s=%d", p, f, s }' "$work/out")"
	note=''
	if [ $((p + f + s)) = 0 ]; then
		case $rc,$t in
		0,tests/cli/*|0,tests/fuzz/*) p=1 ;;
		77,tests/cli/*|77,tests/fuzz/*) s=1 ;;
		*) f=1 note="no result, exit status $rc" ;;
		esac
	elif [ $rc != 0 ] && [ "$f" = 0 ]; then
		f=1 note="exit status $rc"
	fi
	[ $rc != 124 ] || note='ran out of time'
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	word=ok
	[ "$s" = 0 ] || word="ok, $s skipped"
	[ "$f" = 0 ] || word="FAILED $f${note:+ ($note)}"
	printf '%-32s %5d  %3ds  %s\n' "$t" $((p + f + s)) \
		$(($(date +%s) - begin)) "$word"
	[ "$f" = 0 ] || sed 's/^/    /' "$work/out"
	chmod -R u+rwx "$work/dir" 2>/dev/null
	rm -rf "$work/dir"
done

if [ $((passed + failed + skipped)) = 0 ]; then
	echo "there is no test to run"
	failed=1
fi
sum="$passed passed, $failed failed"
[ $skipped = 0 ] || sum="$sum, $skipped skipped"
echo "$sum"
[ $failed = 0 ]
