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
	snprintf(text, size, "0: host processor, %d threads, %s", ip_threads(),
		ip_isa_name(ip_isa()));
	return IP_OK;
}

static int cpu_open(struct ip_dev **dev, const char *which)
{
	if (which && strcmp(which, "0") != 0)
		return ip_fail(IP_ENOTFOUND, "cpu-openmp has one device, 0,"
			" and no '%s'", which);
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

static int cpu_put(struct ip_dev *dev, struct ip_buf *buf, size_t offset,
	const void *from, size_t size)
{
	int rc = ip_op_check_range("put", buf, offset, size);

	if (rc < 0)
		return rc;
	memcpy((char *)ip_cpu_at(buf) + offset, from, size);
	dev->head.moved[0] += size;
	return IP_OK;
}

static int cpu_get(struct ip_dev *dev, const struct ip_buf *buf,
	size_t offset, void *to, size_t size)
{
	int rc = ip_op_check_range("get", buf, offset, size);

	if (rc < 0)
		return rc;
	memcpy(to, (const char *)ip_cpu_at(buf) + offset, size);
	dev->head.moved[1] += size;
	return IP_OK;
}

static int cpu_sync(struct ip_dev *dev)
{
	(void)dev;
	return IP_OK;
}

static const struct ip_ops ops = {
#define OP(name) .name = ip_cpu_##name,
	IP_OPS(OP)
#undef OP
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
