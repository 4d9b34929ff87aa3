# The tests of the network's ops once more, on OpenCL: the same plain loops in
# double, gradients and golden numbers.
set -u
# shellcheck source=tests/support/opencl.sh
. "$IP_SRCDIR/tests/support/opencl.sh"

again opencl t_arrays t_linear t_linear_grad t_conv t_conv_grad t_conv_transpose \
	t_conv_transpose_grad t_attention t_attention_grad t_window_grad \
	t_instance_norm t_instance_norm_grad t_modulate t_modulate_grad \
	t_layer_norm t_layer_norm_grad t_merge t_merge_grad t_shrink t_loss_space \
	t_loss_fourier t_adamw
iphase-info --check >out 2>&1
rc=$?
awk '/^[a-z]/ { on = /^opencl/ } on && /^ / { print ($3 == "ok" ||
	/not implemented$/ ? "ok" : "not ok") " - --check: " $1 }' out
[ $rc = 0 ] || echo 'not ok - --check: all of them'
