/*
 * A device that vanishes, memory that runs out, kernels that do not build: each
 * call of OpenCL that a network makes fails, from the first, the second, the
 * fourth .. on. Each run ends in the error that it should, or is right.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include "support/support.h"
#include "support/network.h"
#include "iphase/backend.h"
#include "iphase/network.h"
#include "config.h"

#if IP_HAVE_OPENCL
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

/* ---- calls that fail ---- */

enum call { WRITE, READ, KERNEL, BUFFER, BUILD, CREATE, FINISH, CALLS };
static long left[CALLS];	/* calls that still succeed */
static cl_int failure;

/* Whether this call fails. */
static int fails(enum call call)
{
	return left[call]-- <= 0;
}

#define REAL(name) (*(void **)&real = dlsym(RTLD_NEXT, name))

cl_int CL_API_CALL clEnqueueWriteBuffer(cl_command_queue q, cl_mem m,
	cl_bool b, size_t at, size_t n, const void *p, cl_uint k,
	const cl_event *w, cl_event *e)
{
	cl_int (CL_API_CALL *real)(cl_command_queue, cl_mem, cl_bool, size_t,
		size_t, const void *, cl_uint, const cl_event *, cl_event *);

	REAL("clEnqueueWriteBuffer");
	return fails(WRITE) ? failure : real(q, m, b, at, n, p, k, w, e);
}

cl_int CL_API_CALL clEnqueueReadBuffer(cl_command_queue q, cl_mem m, cl_bool b,
	size_t at, size_t n, void *p, cl_uint k, const cl_event *w, cl_event *e)
{
	cl_int (CL_API_CALL *real)(cl_command_queue, cl_mem, cl_bool, size_t,
		size_t, void *, cl_uint, const cl_event *, cl_event *);

	REAL("clEnqueueReadBuffer");
	return fails(READ) ? failure : real(q, m, b, at, n, p, k, w, e);
}

cl_int CL_API_CALL clEnqueueNDRangeKernel(cl_command_queue q, cl_kernel f,
	cl_uint d, const size_t *o, const size_t *g, const size_t *l, cl_uint k,
	const cl_event *w, cl_event *e)
{
	cl_int (CL_API_CALL *real)(cl_command_queue, cl_kernel, cl_uint,
		const size_t *, const size_t *, const size_t *, cl_uint,
		const cl_event *, cl_event *);

	REAL("clEnqueueNDRangeKernel");
	return fails(KERNEL) ? failure : real(q, f, d, o, g, l, k, w, e);
}

cl_mem CL_API_CALL clCreateBuffer(cl_context c, cl_mem_flags f, size_t n,
	void *p, cl_int *rc)
{
	cl_mem (CL_API_CALL *real)(cl_context, cl_mem_flags, size_t, void *,
		cl_int *);

	REAL("clCreateBuffer");
	if (!fails(BUFFER))
		return real(c, f, n, p, rc);
	*rc = failure;
	return NULL;
}

cl_int CL_API_CALL clBuildProgram(cl_program p, cl_uint n,
	const cl_device_id *d, const char *o,
	void (CL_CALLBACK *f)(cl_program, void *), void *x)
{
	cl_int (CL_API_CALL *real)(cl_program, cl_uint, const cl_device_id *,
		const char *, void (CL_CALLBACK *)(cl_program, void *), void *);

	REAL("clBuildProgram");
	return fails(BUILD) ? failure : real(p, n, d, o, f, x);
}

cl_kernel CL_API_CALL clCreateKernel(cl_program p, const char *name,
	cl_int *rc)
{
	cl_kernel (CL_API_CALL *real)(cl_program, const char *, cl_int *);

	REAL("clCreateKernel");
	if (!fails(CREATE))
		return real(p, name, rc);
	*rc = failure;
	return NULL;
}

cl_int CL_API_CALL clFinish(cl_command_queue q)
{
	cl_int (CL_API_CALL *real)(cl_command_queue);

	REAL("clFinish");
	return fails(FINISH) ? failure : real(q);
}

/* ---- a network ---- */

static const struct ip_net_shape shape = { 2, 1, 12, IP_SWIN_UNETR };

/* y: of one picture; a status. */
static int run(struct ip_tensor *y)
{
	struct ip_tensor x = ip_test_network_pictures(1, 2, 32, 64, 3);
	struct ip_net *net = NULL;
	struct ip_dev *dev = NULL;
	struct ip_bundle w;
	int rc;

	ip_test_network_weights(&w, &shape, 1);
	rc = ip_dev_open(&dev, "opencl");
	if (rc == 0)
		rc = ip_net_open(&net, dev, &shape, &w);
	if (rc == 0)
		rc = ip_net_run(net, &x, y);
	if (rc == 0)
		rc = ip_dev_backend(dev)->sync(dev);
	ip_net_close(net);
	ip_dev_close(dev);
	ip_bundle_free(&w);
	ip_tensor_free(&x);
	return rc;
}

static void reset(void)
{
	for (int i = 0; i < CALLS; i++)
		left[i] = 1000000;
}

static void each(enum call call, cl_int code, int status, const char *say)
{
	size_t n = 32 * 64, size[4] = { 1, 1, 32, 64 };
	struct ip_tensor want, y;
	long after = 0;
	int rc;

	assert_int_equal(ip_tensor_new(&want, IP_F32, 4, size), 0);
	assert_int_equal(ip_tensor_new(&y, IP_F32, 4, size), 0);
	reset();
	assert_int_equal(run(&want), 0);
	failure = code;
	do {
		reset();
		left[call] = after;
		memset(y.data, 0, n * sizeof(float));
		ip_test_log_capture();
		rc = run(&y);
		assert_int_equal(rc, rc == 0 ? 0 : status);
		if (rc < 0)
			ip_test_assert_logged(say);
		else
			assert_memory_equal(y.data, want.data, n *
				sizeof(float));
		after = 2 * after + (after == 0);
	} while (rc < 0);
	assert_true(after > 1);		/* it has been called at all */
	reset();
	ip_tensor_free(&y);
	ip_tensor_free(&want);
}

static void gone(void **state)
{
	(void)state;
	each(WRITE, CL_DEVICE_NOT_AVAILABLE, IP_EDEVICE, "the device is gone");
	each(READ, CL_DEVICE_NOT_AVAILABLE, IP_EDEVICE, "the device is gone");
	each(KERNEL, CL_DEVICE_NOT_AVAILABLE, IP_EDEVICE, "the device is gone");
	each(FINISH, CL_OUT_OF_RESOURCES, IP_ENOMEM, "out of memory");
}

static void no_memory(void **state)
{
	(void)state;
	each(BUFFER, CL_MEM_OBJECT_ALLOCATION_FAILURE, IP_ENOMEM,
		"take smaller batches or tiles");
	each(KERNEL, CL_OUT_OF_RESOURCES, IP_ENOMEM, "out of memory");
}

static void no_kernel(void **state)
{
	(void)state;
	each(BUILD, CL_BUILD_PROGRAM_FAILURE, IP_EDEVICE, "does not build");
	each(CREATE, CL_INVALID_KERNEL_NAME, IP_EDEVICE, "failed: error -46");
}
#endif

int main(void)
{
#if IP_HAVE_OPENCL
	const char *cache = getenv("IP_TEST_CACHE");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gone),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(no_kernel),
	};
	struct ip_dev *dev;

	if (cache) {
		setenv("IPHASE_CACHE", cache, 1);
		setenv("POCL_CACHE_DIR", cache, 1);
	}
	reset();
	if (ip_dev_open(&dev, "opencl") == 0) {
		ip_dev_close(dev);
		return cmocka_run_group_tests(tests, NULL, NULL);
	}
#endif
	puts("ok 1 - # SKIP no OpenCL device, or a build without OpenCL");
	return 0;
}
