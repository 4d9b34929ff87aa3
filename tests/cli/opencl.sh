# The tests of ops, network and scattering once more, on OpenCL: the same plain
# loops in double, gradients and golden numbers.
set -u
if ! iphase-info --backends | grep -q '^  opencl:0 '; then
	echo 'ok 1 - # SKIP no OpenCL device, or a build without OpenCL'
	exit 0
fi
# a cache that belongs to this run, and as many threads as everything here has
mkdir cache
export IPHASE_BACKEND=opencl IPHASE_CACHE="$PWD/cache" POCL_CACHE_DIR="$PWD/cache"
export POCL_MAX_PTHREAD_COUNT=2 CMOCKA_MESSAGE_OUTPUT=tap

# run WHERE TEST...: tests, as if they were of this one
run() {
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

run opencl t_arrays t_linear t_linear_grad t_conv t_conv_grad t_conv_transpose \
	t_conv_transpose_grad t_attention t_attention_grad t_window_grad
# a device whose work groups are small: what PoCL says it is
POCL_MAX_WORK_GROUP_SIZE=16
export POCL_MAX_WORK_GROUP_SIZE
run 'opencl, small groups' t_linear_grad t_conv t_attention_grad
