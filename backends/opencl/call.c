/* Calls of kernels. */
#include <stdint.h>
#include <string.h>
#include "opencl.h"

static int find(struct ip_dev *dev, cl_program program, const char *name,
	cl_kernel *kernel)
{
	struct ip_cl_kernel *k;
	cl_int code;
	size_t i;
	int rc;

	for (i = 0; i < dev->kernel_count; i++) {
		k = &dev->kernels[i];
		if (k->program == program && strcmp(k->name, name) == 0) {
			*kernel = k->kernel;
			return IP_OK;
		}
	}
	if ((rc = ip_grow(&dev->kernels, &dev->kernel_cap,
		dev->kernel_count + 1, sizeof(*dev->kernels))) < 0)
		return rc;
	*kernel = clCreateKernel(program, name, &code);
	if (code != CL_SUCCESS)
		return ip_cl_fail(dev, code, name);
	dev->kernels[dev->kernel_count++] = (struct ip_cl_kernel){ program, name,
		*kernel };
	return IP_OK;
}

struct ip_cl_call ip_cl_call(struct ip_dev *dev, const char *source,
	const char *kernel, const char *options)
{
	struct ip_cl_call c = { dev, NULL, 0, 0 };
	cl_program program;

	c.rc = ip_cl_program(dev, source, options, &program);
	if (c.rc == 0)
		c.rc = find(dev, program, kernel, &c.kernel);
	return c;
}

static void set(struct ip_cl_call *c, size_t size, const void *value)
{
	cl_int code;

	if (c->rc < 0)
		return;
	code = clSetKernelArg(c->kernel, c->next++, size, value);
	if (code != CL_SUCCESS)
		c->rc = ip_cl_fail(c->dev, code, "clSetKernelArg");
}

void ip_cl_buf(struct ip_cl_call *c, const struct ip_buf *buf)
{
	cl_mem mem = buf ? buf->handle : NULL;
	cl_ulong at = buf ? buf->offset / sizeof(ip_real) : 0;

	set(c, sizeof mem, mem ? &mem : NULL);
	set(c, sizeof at, &at);
}

int ip_cl_fits(size_t n)
{
	return n <= UINT32_MAX ? IP_OK : ip_fail(IP_ELIMIT, "opencl: %zu"
		" numbers at once, at most %lu: take smaller batches or tiles",
		n, (unsigned long)UINT32_MAX);
}

void ip_cl_size(struct ip_cl_call *c, size_t n)
{
	cl_uint v = (cl_uint)n;

	if (c->rc == 0)
		c->rc = ip_cl_fits(n);
	set(c, sizeof v, &v);
}

void ip_cl_int(struct ip_cl_call *c, int v)
{
	cl_int i = v;

	set(c, sizeof i, &i);
}

void ip_cl_real(struct ip_cl_call *c, double v)
{
	ip_real r = (ip_real)v;

	set(c, sizeof r, &r);
}

void ip_cl_local(struct ip_cl_call *c, size_t bytes)
{
	set(c, bytes, NULL);
}

static int enqueue(struct ip_cl_call *c, cl_uint dims, const size_t *global,
	const size_t *local)
{
	cl_int code;

	if (c->rc < 0)
		return c->rc;
	for (cl_uint i = 0; i < dims; i++)
		if (global[i] == 0)
			return IP_OK;
	code = clEnqueueNDRangeKernel(c->dev->queue, c->kernel, dims, NULL,
		global, local, 0, NULL, NULL);
	return code == CL_SUCCESS ? IP_OK : ip_cl_fail(c->dev, code,
		"clEnqueueNDRangeKernel");
}

int ip_cl_run(struct ip_cl_call *c, size_t n)
{
	size_t items = least(64, c->dev->group), global = up(n, items);

	return enqueue(c, 1, &global, &items);
}

int ip_cl_run_groups(struct ip_cl_call *c, const size_t groups[3],
	const size_t items[3])
{
	size_t global[3];

	for (int i = 0; i < 3; i++)
		global[i] = groups[i] * items[i];
	return enqueue(c, 3, global, items);
}
