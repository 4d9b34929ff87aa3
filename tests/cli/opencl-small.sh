# Tests of ops on a device whose work groups are small: what PoCL says it is.
set -u
# shellcheck source=tests/support/opencl.sh
. "$IP_SRCDIR/tests/support/opencl.sh"

POCL_MAX_WORK_GROUP_SIZE=16
export POCL_MAX_WORK_GROUP_SIZE
again 'opencl, small groups' t_linear_grad t_conv t_attention_grad t_arrays \
	t_instance_norm t_instance_norm_grad t_modulate_grad t_layer_norm_grad \
	t_shrink t_loss_space t_multislice
