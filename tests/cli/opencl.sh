# The tests of ops, network and scattering once more, on OpenCL: the same plain
# loops in double, gradients and golden numbers.
set -u
if ! iphase-info --backends | grep -q '^  opencl:0 '; then
	echo 'ok 1 - # SKIP no OpenCL device, or a build without OpenCL'
	exit 0
fi
# a cache that belongs to this run, and as many threads as everything here has
mkdir cache
export IPHASE_BACKEND=opencl IPHASE_CACHE=$PWD/cache POCL_CACHE_DIR=$PWD/cache
export POCL_MAX_PTHREAD_COUNT=2 CMOCKA_MESSAGE_OUTPUT=tap
for t in t_arrays t_ops t_ops_many t_multislice t_loss_fourier t_simulate \
	t_repeat_run t_golden_images t_invariants; do
	mkdir "$t"
	(cd "$t" && exec "$IP_BUILDDIR/tests/$t") >"$t.out" 2>&1 ||
		grep -q '^not ok' "$t.out" || echo "not ok - $t: ends early"
	sed -n "s/^\(not ok\|ok\) [0-9]* -* */\1 - opencl: $t: /p; /^#/p" \
		"$t.out"
done
