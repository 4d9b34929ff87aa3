# The tools on OpenCL give what they give on the processor, within what float
# rounds; and a device that is not there is told so.
set -u
# shellcheck source=tests/support/tap.sh
. "$IP_SRCDIR/tests/support/tap.sh"

iphase-infer --model=small --backend=opencl:99.0 "$IP_SRCDIR/data/samples/GaN.ipt" \
	-o no.ipt >out 2>&1
rc=$?
if ! iphase-info --backends | grep -q '^opencl: [1-9]'; then
	[ $rc = 1 ] && [ "$(grep -c error: out)" = 1 ] && grep -q opencl out
	result 'no device, or none built: an error that says so' $?
	skip 'all else' 'no OpenCL device, or a build without OpenCL'
	exit 0
fi
[ $rc = 1 ] && [ "$(grep -c error: out)" = 1 ] && grep -q 'no device 99.0' out
result 'a device that is not there' $?
iphase-infer --backend=opencl:x "$IP_SRCDIR/data/samples/GaN.ipt" -o no.ipt \
	>out 2>&1
[ $? = 1 ] && grep -q 'expected the number of a platform' out
result 'a device that has no number' $?

mkdir cache
export IPHASE_CACHE=$PWD/cache POCL_CACHE_DIR=$PWD/cache
export POCL_MAX_PTHREAD_COUNT=2

# close ONE OTHER TENSOR RELATIVE: the largest difference over the largest value
close() {
	iphase-info "$1" --against="$2" >against 2>&1 || true
	cat against
	awk -v t="$3" -v most="$4" '$1 == t { for (i = 1; i < NF; i++)
		if ($i == "relative") { found = 1; bad = !($(i + 1) <= most) } }
		END { exit !found || bad }' against
}

for b in cpu-openmp opencl; do
	iphase-infer -q --backend=$b "$IP_SRCDIR/data/samples/GaN.ipt" \
		-o infer-$b.ipt || break
done >out 2>&1
iphase-info infer-opencl.ipt --against=infer-cpu-openmp.ipt | head -40
