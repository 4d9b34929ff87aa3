# What the scripts that run test programs again on OpenCL share; each sources
# it first. Without a device it ends them.
if ! iphase-info --backends | grep -q '^  opencl:'; then
	echo 'ok 1 - # SKIP no OpenCL device, or a build without OpenCL'
	exit 0
fi
# Not the user's cache, and as many threads as everything here has. PoCL takes
# longer to build a program than to run it, so all scripts share them.
cache=$IP_TEST_CACHE
mkdir -p "$cache"
export IPHASE_BACKEND=opencl IPHASE_CACHE="$cache" POCL_CACHE_DIR="$cache"
export POCL_MAX_PTHREAD_COUNT=2 CMOCKA_MESSAGE_OUTPUT=tap

# again WHERE TEST...: tests, as if they were of this script
again() {
	where=$1
	shift
	for t; do
		mkdir -p "$t"
		(cd "$t" && exec "$IP_BUILDDIR/tests/$t") >"$t.out" 2>&1 ||
			grep -q '^not ok' "$t.out" ||
			echo "not ok - $where: $t: ends early"
		sed -n "s/^\(not ok\|ok\) [0-9]* -* */\1 - $where: $t: /p; /^#/p" \
			"$t.out"
	done
}
