# The tests of the scattering once more, on OpenCL.
set -u
# shellcheck source=tests/support/opencl.sh
. "$IP_SRCDIR/tests/support/opencl.sh"

again opencl t_ops t_ops_many t_multislice t_simulate t_repeat_run \
	t_golden_images t_invariants
