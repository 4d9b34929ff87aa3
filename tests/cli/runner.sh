# The runner itself: what crashes, or says nothing, must count as failed.
set -eu
mkdir -p tests/cli tests/fuzz

# program NAME: the script on standard input as a program or script there
program() {
	{ echo '#!/bin/sh'; cat; } >"tests/$1"
	chmod +x "tests/$1"
}
# expect LINE STATUS TEST...: how the runner closes on these
expect() {
	line=$1 status=$2 rc=0
	shift 2
	sh "$IP_SRCDIR/tests/run.sh" . "$@" >out 2>&1 || rc=$?
	[ "$(tail -n 1 out)" = "$line" ] && [ $rc = "$status" ] && return
	echo "$*: expected '$line' and status $status, found status $rc and:"
	cat out
	exit 1
}

echo 'echo ok 1 - a; echo ok 2 - b; echo "not ok 3 # SKIP c"' | program t_good
echo 'echo ok 1 - a; echo not ok 2 - b; exit 1' | program t_bad
program t_crash <<'END'
echo ok 1 - a
kill -9 $$
END
echo 'exit 0' | program t_silent
echo 'exit 0' | program cli/good.sh
echo 'exit 77' | program cli/skip.sh
echo 'exit 1' | program cli/bad.sh
echo 'exit 0' | program fuzz/good
echo 'sleep 9' | program fuzz/slow
program cli/place.sh <<'END'
[ -z "$(ls -A)" ] && [ "$IP_BUILDDIR" ] && ! read -r x
END

expect '2 passed, 0 failed, 1 skipped' 0 tests/t_good
expect '1 passed, 1 failed' 1 tests/t_bad
expect '1 passed, 1 failed' 1 tests/t_crash
expect '0 passed, 1 failed' 1 tests/t_silent
expect '0 passed, 1 failed' 1 tests/t_absent
expect '0 passed, 1 failed' 1
expect '3 passed, 0 failed, 1 skipped' 0 tests/cli/good.sh tests/cli/skip.sh \
	tests/fuzz/good tests/cli/place.sh
expect '1 passed, 1 failed' 1 tests/cli/bad.sh tests/cli/good.sh
if command -v timeout >/dev/null; then
	IP_TEST_TIMEOUT=1
	export IP_TEST_TIMEOUT
	expect '0 passed, 1 failed' 1 tests/fuzz/slow
fi
