/* Memory of the device, what goes there and what comes back. */
#include <stdlib.h>
#include <string.h>
#include "opencl.h"

int ip_cl_fail(const struct ip_dev *dev, cl_int code, const char *call)
{
	switch (code) {
	case CL_MEM_OBJECT_ALLOCATION_FAILURE:
	case CL_OUT_OF_RESOURCES:
	case CL_OUT_OF_HOST_MEMORY:
	case CL_INVALID_BUFFER_SIZE:
		return ip_fail(IP_ENOMEM, "opencl: %s: %s: out of memory (%d);"
			" it has %.1f GiB, %.1f for one buffer: take smaller"
			" batches or tiles", dev->name, call, (int)code,
			(double)dev->memory / 1073741824,
			(double)dev->largest / 1073741824);
	case CL_DEVICE_NOT_AVAILABLE:
		return ip_fail(IP_EDEVICE, "opencl: %s: %s: the device is gone",
			dev->name, call);
	default:
		return ip_fail(IP_EDEVICE, "opencl: %s: %s failed: error %d",
			dev->name, call, (int)code);
	}
}

/* ---- the pool ---- */

/* The smallest block that is large enough, and not much larger. */
static cl_mem take(struct ip_dev *dev, size_t size, size_t *got)
{
	size_t i, best = dev->pooled;
	cl_mem mem;

	for (i = 0; i < dev->pooled; i++)
		if (dev->pool[i].size >= size && dev->pool[i].size / 2 <= size &&
			(best == dev->pooled ||
			dev->pool[i].size < dev->pool[best].size))
			best = i;
	if (best == dev->pooled)
		return NULL;
	mem = dev->pool[best].mem;
	*got = dev->pool[best].size;
	dev->pool[best] = dev->pool[--dev->pooled];
	return mem;
}

static void empty_pool(struct ip_dev *dev)
{
	while (dev->pooled)
		clReleaseMemObject(dev->pool[--dev->pooled].mem);
}

/* A new buffer; if there is no room, again without what is in the pool. */
static cl_mem create(struct ip_dev *dev, size_t size, cl_int *rc)
{
	cl_mem mem = clCreateBuffer(dev->context, CL_MEM_READ_WRITE, size, NULL,
		rc);

	if (*rc != CL_SUCCESS && dev->pooled) {
		clFinish(dev->queue);
		empty_pool(dev);
		mem = clCreateBuffer(dev->context, CL_MEM_READ_WRITE, size,
			NULL, rc);
	}
	return *rc == CL_SUCCESS ? mem : NULL;
}

int ip_cl_alloc(struct ip_dev *dev, struct ip_buf *buf, size_t size)
{
	size_t all = size ? size : 1;
	cl_int rc = CL_SUCCESS;
	cl_mem mem = take(dev, all, &all);
	char what[64];

	if (!mem) {
		/* all that a kernel's vectors and parts may touch */
		all = up(all, 256);
		mem = create(dev, all, &rc);
	}
	if (!mem) {
		snprintf(what, sizeof what, "a buffer of %zu bytes", size);
		return ip_cl_fail(dev, rc, what);
	}
	buf->handle = mem;
	buf->offset = 0;
	buf->size = size;
	return IP_OK;
}

void ip_cl_free(struct ip_dev *dev, struct ip_buf *buf)
{
	struct ip_cl_block b = { buf->handle, 0 };

	memset(buf, 0, sizeof *buf);
	if (!b.mem)
		return;
	/* the queue keeps its order: what is given again is written later */
	if (clGetMemObjectInfo(b.mem, CL_MEM_SIZE, sizeof b.size, &b.size,
		NULL) != CL_SUCCESS || ip_grow(&dev->pool, &dev->pool_cap,
		dev->pooled + 1, sizeof(*dev->pool)) < 0) {
		clReleaseMemObject(b.mem);
		return;
	}
	dev->pool[dev->pooled++] = b;
}

int ip_cl_scratch(struct ip_dev *dev, struct ip_buf *buf, size_t size)
{
	int rc;

	if (size > dev->scratch.size || !dev->scratch.handle) {
		ip_cl_free(dev, &dev->scratch);
		if ((rc = ip_cl_alloc(dev, &dev->scratch, size)) < 0)
			return rc;
	}
	*buf = dev->scratch;
	return IP_OK;
}

/* ---- there and back ---- */

/* What the caller may change at once is copied, this much before waiting. */
#define STAGED ((size_t)64 << 20)

static void CL_CALLBACK sent(cl_event event, cl_int status, void *copy)
{
	(void)event;
	(void)status;		/* a failure is the queue's, and sync's to tell */
	free(copy);
}

/*
 * Behind what the device is doing: from a copy that lives until it has been
 * sent or, without room for one, waited for. The queue keeps its order, so that
 * with whatever is waited for all copies before it are gone.
 */
static cl_int put(struct ip_dev *dev, cl_mem mem, size_t offset,
	const void *from, size_t size)
{
	void *copy = size <= STAGED - dev->staged ? malloc(size) : NULL;
	cl_event event;
	cl_int code;

	dev->staged = copy ? dev->staged + size : 0;
	if (!copy)
		return clEnqueueWriteBuffer(dev->queue, mem, CL_TRUE, offset,
			size, from, 0, NULL, NULL);
	memcpy(copy, from, size);
	code = clEnqueueWriteBuffer(dev->queue, mem, CL_FALSE, offset, size,
		copy, 0, NULL, &event);
	if (code != CL_SUCCESS) {
		free(copy);
		return code;
	}
	code = clSetEventCallback(event, CL_COMPLETE, sent, copy);
	if (code != CL_SUCCESS) {	/* then it is waited for */
		code = clWaitForEvents(1, &event);
		free(copy);
	}
	clReleaseEvent(event);
	return code;
}

int ip_cl_put(struct ip_dev *dev, struct ip_buf *buf, size_t offset,
	const void *from, size_t size)
{
	int rc = ip_op_check_range("put", buf, offset, size);
	cl_int code;

	if (rc < 0 || size == 0)
		return rc;
	code = put(dev, buf->handle, buf->offset + offset, from, size);
	if (code != CL_SUCCESS)
		return ip_cl_fail(dev, code, "clEnqueueWriteBuffer");
	dev->head.moved[0] += size;
	return IP_OK;
}

int ip_cl_get(struct ip_dev *dev, const struct ip_buf *buf, size_t offset,
	void *to, size_t size)
{
	int rc = ip_op_check_range("get", buf, offset, size);
	cl_int code;

	if (rc < 0 || size == 0)
		return rc;
	code = clEnqueueReadBuffer(dev->queue, buf->handle, CL_TRUE,
		buf->offset + offset, size, to, 0, NULL, NULL);
	if (code != CL_SUCCESS)
		return ip_cl_fail(dev, code, "clEnqueueReadBuffer");
	dev->staged = 0;
	dev->head.moved[1] += size;
	return IP_OK;
}

int ip_cl_sync(struct ip_dev *dev)
{
	cl_int code = clFinish(dev->queue);

	dev->staged = 0;
	return code == CL_SUCCESS ? IP_OK : ip_cl_fail(dev, code, "clFinish");
}
