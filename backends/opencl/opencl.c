/* Devices: which there are, and opening one. */
#include <stdlib.h>
#include <string.h>
#include "chirp.h"

extern const struct ip_backend ip_backend_opencl;

enum { DEVICES = 64 };

/* One device, where the user finds it: --backend=opencl:platform.device */
struct place {
	cl_platform_id platform;
	cl_device_id device;
	unsigned p, d;
	int gpu;
};

static int is_gpu(cl_device_id id)
{
	cl_device_type type = 0;

	return clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL) ==
		CL_SUCCESS && (type & CL_DEVICE_TYPE_GPU) != 0;
}

/* All, in the order of the loader. Without any driver there are none. */
static int find(struct place all[DEVICES])
{
	cl_platform_id platforms[DEVICES];
	cl_device_id devices[DEVICES];
	cl_uint np = 0, nd, p, d;
	int n = 0;

	if (clGetPlatformIDs(DEVICES, platforms, &np) != CL_SUCCESS)
		return 0;
	for (p = 0; p < np && p < DEVICES; p++) {
		nd = 0;
		if (clGetDeviceIDs(platforms[p], CL_DEVICE_TYPE_ALL, DEVICES,
			devices, &nd) != CL_SUCCESS)
			continue;
		for (d = 0; d < nd && d < DEVICES && n < DEVICES; d++)
			all[n++] = (struct place){ platforms[p], devices[d], p,
				d, is_gpu(devices[d]) };
	}
	return n;
}

/* ---- what they say of themselves ---- */

static char *text(cl_device_id id, cl_device_info what)
{
	size_t n = 0;
	char *s;

	if (clGetDeviceInfo(id, what, 0, NULL, &n) != CL_SUCCESS)
		n = 0;
	s = ip_alloc(n + 1);
	if (s && n && clGetDeviceInfo(id, what, n, s, NULL) != CL_SUCCESS)
		s[0] = '\0';
	return s;
}

static size_t number(cl_device_id id, cl_device_info what)
{
	cl_ulong v = 0;	/* or fewer bytes: the machine is little-endian */

	return clGetDeviceInfo(id, what, sizeof v, &v, NULL) == CL_SUCCESS ?
		(size_t)v : 0;
}

static int probe(void)
{
	struct place all[DEVICES];

	return find(all);
}

static int describe(int index, char *to, size_t size)
{
	struct place all[DEVICES], *at;
	char *name, *driver;

	if (index < 0 || index >= find(all))
		return ip_fail(IP_ENOTFOUND, "opencl has no device %d", index);
	at = &all[index];
	name = text(at->device, CL_DEVICE_NAME);
	driver = text(at->device, CL_DRIVER_VERSION);
	if (name && driver)
		snprintf(to, size, "%u.%u: %s, %.1f GiB, %zu KiB local memory,"
			" work groups of %zu, driver %s", at->p, at->d, name,
			(double)number(at->device, CL_DEVICE_GLOBAL_MEM_SIZE) /
			1073741824, number(at->device,
			CL_DEVICE_LOCAL_MEM_SIZE) / 1024, number(at->device,
			CL_DEVICE_MAX_WORK_GROUP_SIZE), driver);
	ip_free(name);
	ip_free(driver);
	return name && driver ? IP_OK : IP_ENOMEM;
}

/* ---- opening ---- */

/* which is "platform", "platform.device", or NULL: the first GPU, or else the
 * first device. */
static int choose(const struct place *all, int n, const char *which)
{
	char *end = NULL, *last = NULL;
	unsigned long p, d = 0;
	int i;

	if (n == 0)
		return ip_fail(IP_ENOTFOUND, "opencl: there is no device: no"
			" driver is installed (clinfo -l lists them); without"
			" a GPU, PoCL runs OpenCL on the processor");
	if (!which) {
		for (i = 0; i < n; i++)
			if (all[i].gpu)
				return i;
		return 0;
	}
	p = strtoul(which, &end, 10);
	if (end != which && *end == '.')
		d = strtoul(end + 1, &last, 10);
	if (end == which || (*end && (*end != '.' || last == end + 1 || *last)))
		return ip_fail(IP_EINVAL, "backend 'opencl:%s': expected the"
			" number of a platform, or platform.device, as"
			" iphase-info --backends lists them", which);
	for (i = 0; i < n; i++)
		if (all[i].p == p && all[i].d == d)
			return i;
	return ip_fail(IP_ENOTFOUND, "opencl has no device %lu.%lu;"
		" iphase-info --backends lists those it has", p, d);
}

static int learn(struct ip_dev *dev, cl_platform_id platform)
{
	char *driver = text(dev->id, CL_DRIVER_VERSION);
	char *version = text(dev->id, CL_DEVICE_VERSION);
	char owner[256] = "";

	clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof owner - 1, owner,
		NULL);
	dev->name = text(dev->id, CL_DEVICE_NAME);
	dev->print = driver && version && dev->name ? ip_format("%s\n%s\n%s\n%s",
		owner, dev->name, version, driver) : NULL;
	ip_free(driver);
	ip_free(version);
	dev->memory = number(dev->id, CL_DEVICE_GLOBAL_MEM_SIZE);
	dev->largest = number(dev->id, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
	dev->local = number(dev->id, CL_DEVICE_LOCAL_MEM_SIZE);
	dev->group = number(dev->id, CL_DEVICE_MAX_WORK_GROUP_SIZE);
	if (!dev->print)
		return IP_ENOMEM;
	if (!number(dev->id, CL_DEVICE_ENDIAN_LITTLE) ||
		!number(dev->id, CL_DEVICE_COMPILER_AVAILABLE))
		return ip_fail(IP_ENOTSUP, "opencl: %s is big-endian, or has no"
			" compiler; take another device", dev->name);
	if (dev->group < 16)
		return ip_fail(IP_ENOTSUP, "opencl: %s has work groups of %zu,"
			" 16 are needed; take another device", dev->name,
			dev->group);
	return IP_OK;
}

static void dev_close(struct ip_dev *dev)
{
	size_t i;

	if (dev->queue)
		clFinish(dev->queue);	/* what puts still need is freed */
	if (dev->scratch.handle)
		clReleaseMemObject(dev->scratch.handle);
	for (i = 0; i < dev->pooled; i++)
		clReleaseMemObject(dev->pool[i].mem);
	for (i = 0; i < dev->fft_count; i++)
		clReleaseMemObject(dev->ffts[i].table.handle);
	for (i = 0; i < dev->any_count; i++)
		clReleaseMemObject(dev->anys[i].chirp.handle);
	for (i = 0; i < dev->kernel_count; i++)
		clReleaseKernel(dev->kernels[i].kernel);
	for (i = 0; i < dev->program_count; i++) {
		clReleaseProgram(dev->programs[i].program);
		ip_free(dev->programs[i].options);
	}
	if (dev->queue)
		clReleaseCommandQueue(dev->queue);
	if (dev->context)
		clReleaseContext(dev->context);
	ip_free(dev->pool);
	ip_free(dev->kernels);
	ip_free(dev->ffts);
	ip_free(dev->anys);
	ip_free(dev->programs);
	ip_free(dev->name);
	ip_free(dev->print);
	ip_free(dev);
}

static int start(struct ip_dev *dev)
{
	cl_int rc;

	dev->context = clCreateContext(NULL, 1, &dev->id, NULL, NULL, &rc);
	if (rc != CL_SUCCESS)
		return ip_cl_fail(dev, rc, "clCreateContext");
	dev->queue = clCreateCommandQueue(dev->context, dev->id, 0, &rc);
	if (rc != CL_SUCCESS)
		return ip_cl_fail(dev, rc, "clCreateCommandQueue");
	return IP_OK;
}

static int dev_open(struct ip_dev **out, const char *which)
{
	struct place all[DEVICES];
	struct ip_dev *dev;
	int i = choose(all, find(all), which), rc;

	if (i < 0)
		return i;
	if ((dev = ip_alloc(sizeof *dev)) == NULL)
		return IP_ENOMEM;
	dev->head.backend = &ip_backend_opencl;
	dev->id = all[i].device;
	if ((rc = learn(dev, all[i].platform)) < 0 || (rc = start(dev)) < 0) {
		dev_close(dev);
		return rc;
	}
	ip_debug("opencl:%u.%u: %s", all[i].p, all[i].d, dev->name);
	*out = dev;
	return IP_OK;
}

/* ---- the table ---- */

static const struct ip_ops ops = {
#define OP(op) .op = ip_cl_##op,
	IP_OPS(OP)
#undef OP
};

const struct ip_backend ip_backend_opencl = {
	.abi = IP_BACKEND_ABI,
	.name = "opencl",
	.probe = probe,
	.describe = describe,
	.open = dev_open,
	.close = dev_close,
	.alloc = ip_cl_alloc,
	.free = ip_cl_free,
	.put = ip_cl_put,
	.get = ip_cl_get,
	.sync = ip_cl_sync,
	.ops = &ops,
};
