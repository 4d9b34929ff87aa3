# The network, its gradients and its training once more, on OpenCL: the peer's
# numbers, steps and epochs.
set -u
# shellcheck source=tests/support/opencl.sh
. "$IP_SRCDIR/tests/support/opencl.sh"

again opencl t_network t_trainer t_training t_infer t_init
