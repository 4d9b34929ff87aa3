/* The CPU as a device: plain host memory, OpenMP inside the ops. */
#include <stdio.h>
#include <string.h>
#include <iphase/threads.h>
#include "cpu.h"

extern const struct ip_backend ip_backend_cpu_openmp;

static int cpu_probe(void)
{
	return 1;
}

static int cpu_describe(int index, char *text, size_t size)
{
	if (index != 0)
		return ip_fail(IP_ENOTFOUND, "cpu-openmp has no device %d",
			index);
	snprintf(text, size, "host processor, %d threads, %s", ip_threads(),
		ip_isa_name(ip_isa()));
	return IP_OK;
}

static int cpu_open(struct ip_dev **dev, int index)
{
	(void)index;
	if ((*dev = ip_alloc(sizeof(**dev))) == NULL)
		return IP_ENOMEM;
	(*dev)->head.backend = &ip_backend_cpu_openmp;
	return IP_OK;
}

static void cpu_close(struct ip_dev *dev)
{
	ip_free(dev->scratch);
	ip_free(dev);
}

static int cpu_alloc(struct ip_dev *dev, struct ip_buf *buf, size_t size)
{
	(void)dev;
	if ((buf->handle = ip_alloc(size)) == NULL)
		return IP_ENOMEM;
	buf->offset = 0;
	buf->size = size;
	return IP_OK;
}

static void cpu_free(struct ip_dev *dev, struct ip_buf *buf)
{
	(void)dev;
	ip_free(buf->handle);
	buf->handle = NULL;
	buf->offset = buf->size = 0;
}

void *ip_cpu_scratch(struct ip_dev *dev, size_t size)
{
	if (size > dev->scratch_size) {
		ip_free(dev->scratch);
		dev->scratch = ip_alloc(size);
		dev->scratch_size = dev->scratch ? size : 0;
	}
	return dev->scratch;
}

static int in_range(const struct ip_buf *buf, size_t offset, size_t size)
{
	return offset <= buf->size && size <= buf->size - offset;
}

static int cpu_put(struct ip_dev *dev, struct ip_buf *buf, size_t offset,
	const void *from, size_t size)
{
	(void)dev;
	if (!in_range(buf, offset, size))
		return ip_fail(IP_EINVAL, "put: %zu bytes at %zu of %zu",
			size, offset, buf->size);
	memcpy((char *)ip_cpu_at(buf) + offset, from, size);
	return IP_OK;
}

static int cpu_get(struct ip_dev *dev, const struct ip_buf *buf,
	size_t offset, void *to, size_t size)
{
	(void)dev;
	if (!in_range(buf, offset, size))
		return ip_fail(IP_EINVAL, "get: %zu bytes at %zu of %zu",
			size, offset, buf->size);
	memcpy(to, (const char *)ip_cpu_at(buf) + offset, size);
	return IP_OK;
}

static int cpu_sync(struct ip_dev *dev)
{
	(void)dev;
	return IP_OK;
}

static const struct ip_ops ops = {
	.fft2 = ip_cpu_fft2,
	.transmission = ip_cpu_transmission,
	.multislice = ip_cpu_multislice,
	.detect = ip_cpu_detect,
	.gather = ip_cpu_gather,
	.scan = ip_cpu_scan,
	.conv = ip_cpu_conv,
	.linear = ip_cpu_linear,
	.attention = ip_cpu_attention,
	.conv_transpose = ip_cpu_conv_transpose,
	.instance_norm = ip_cpu_instance_norm,
	.modulate = ip_cpu_modulate,
	.layer_norm = ip_cpu_layer_norm,
	.merge = ip_cpu_merge,
	.shrink = ip_cpu_shrink,
	.conv_grad = ip_cpu_conv_grad,
	.conv_transpose_grad = ip_cpu_conv_transpose_grad,
	.instance_norm_grad = ip_cpu_instance_norm_grad,
	.modulate_grad = ip_cpu_modulate_grad,
	.layer_norm_grad = ip_cpu_layer_norm_grad,
	.linear_grad = ip_cpu_linear_grad,
	.attention_grad = ip_cpu_attention_grad,
	.merge_grad = ip_cpu_merge_grad,
	.loss_space = ip_cpu_loss_space,
	.loss_fourier = ip_cpu_loss_fourier,
	.sum_squares = ip_cpu_sum_squares,
	.adamw = ip_cpu_adamw,
	.blend = ip_cpu_blend,
	.fill = ip_cpu_fill,
};

const struct ip_backend ip_backend_cpu_openmp = {
	.abi = IP_BACKEND_ABI,
	.name = "cpu-openmp",
	.probe = cpu_probe,
	.describe = cpu_describe,
	.open = cpu_open,
	.close = cpu_close,
	.alloc = cpu_alloc,
	.free = cpu_free,
	.put = cpu_put,
	.get = cpu_get,
	.sync = cpu_sync,
	.ops = &ops,
};
