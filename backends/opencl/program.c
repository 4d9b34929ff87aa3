/* Programs: built once a device and process, and kept on disk for the next. */
#include <inttypes.h>
#include <string.h>
#include "opencl.h"

/* Of every program: float numbers, as ip_real; no fast mathematics. */
#define OPTIONS "-cl-std=CL1.2 -D real=float"

/* The files of a program, common.cl first, its own last. */
enum { FILES = 5 };
struct files {
	const struct ip_cl_source *file[FILES];
	cl_uint count;
};

static const struct ip_cl_source *source_of(const char *name, size_t n)
{
	const struct ip_cl_source *s;

	for (s = ip_cl_sources; s->name; s++)
		if (strlen(s->name) == n && strncmp(s->name, name, n) == 0)
			return s;
	return NULL;
}

/* names: "fft+multislice" */
static int files_of(struct files *f, const char *names)
{
	size_t n;

	f->file[0] = source_of("common", 6);
	for (f->count = 1; f->count < FILES; names += n + 1) {
		n = strcspn(names, "+");
		if (!(f->file[f->count++] = source_of(names, n)))
			break;
		if (!names[n])
			return IP_OK;
	}
	return ip_fail(IP_ENOTSUP, "opencl: kernels/%s.cl is not in this"
		" build", names);
}

/* FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo), text by text with its end. */
static void mix(uint64_t *hash, const void *text, size_t n)
{
	const unsigned char *p = text;

	for (size_t i = 0; i <= n; i++)
		*hash = (*hash ^ (i < n ? p[i] : 0)) * 0x100000001b3u;
}

/* Of everything that decides what the compiler makes; two sums, so that no two
 * programs share a name. */
static char *key_of(const struct ip_dev *dev, const struct files *f,
	const char *options)
{
	uint64_t hash[2] = { 0xcbf29ce484222325u, 0x6c62272e07bb0142u };

	for (int i = 0; i < 2; i++) {
		mix(&hash[i], dev->print, strlen(dev->print));
		mix(&hash[i], OPTIONS, strlen(OPTIONS));
		mix(&hash[i], options, strlen(options));
		for (cl_uint k = 0; k < f->count; k++)
			mix(&hash[i], f->file[k]->text, f->file[k]->size);
	}
	return ip_format("%s-%016" PRIx64 "%016" PRIx64,
		f->file[f->count - 1]->name, hash[0], hash[1]);
}

/* ---- building ---- */

static int build_failed(struct ip_dev *dev, cl_program p, const char *name,
	cl_int code)
{
	size_t n = 0;
	char *log;
	int rc;

	clGetProgramBuildInfo(p, dev->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &n);
	log = ip_alloc(n + 1);
	if (log && n)
		clGetProgramBuildInfo(p, dev->id, CL_PROGRAM_BUILD_LOG, n, log,
			NULL);
	if (log && n > 600)
		memcpy(log + 600, " ...", 5);
	rc = ip_fail(IP_EDEVICE, "opencl: %s: kernels/%s.cl does not build"
		" (error %d); another driver or device may take it. Its"
		" compiler says: %s", dev->name, name, (int)code,
		log ? log : "");
	ip_free(log);
	return rc;
}

static int build(struct ip_dev *dev, cl_program p, const char *options,
	cl_int *code)
{
	char *all = ip_format("%s %s", OPTIONS, options);

	if (!all)
		return IP_ENOMEM;
	*code = clBuildProgram(p, 1, &dev->id, all, NULL, NULL);
	ip_free(all);
	return IP_OK;
}

/* From what an earlier process kept, if that is still good. */
static int from_cache(struct ip_dev *dev, const char *key, const char *options,
	cl_program *program)
{
	size_t size;
	unsigned char *binary = ip_cl_cache_get(key, &size);
	const unsigned char *one = binary;
	cl_int code, status = CL_SUCCESS;
	int rc;

	*program = NULL;
	if (!binary)
		return IP_OK;
	*program = clCreateProgramWithBinary(dev->context, 1, &dev->id, &size,
		&one, &status, &code);
	ip_free(binary);
	if (code != CL_SUCCESS) {
		*program = NULL;
		return IP_OK;
	}
	rc = build(dev, *program, options, &code);
	if (rc < 0 || code != CL_SUCCESS || status != CL_SUCCESS) {
		clReleaseProgram(*program);
		*program = NULL;
	}
	return rc;
}

static void keep(struct ip_dev *dev, const char *key, cl_program p)
{
	size_t size = 0;
	unsigned char *binary;

	/* a driver without binaries says 0 */
	if (clGetProgramInfo(p, CL_PROGRAM_BINARY_SIZES, sizeof size, &size,
		NULL) != CL_SUCCESS || size == 0 || !(binary = ip_alloc(size)))
		return;
	if (clGetProgramInfo(p, CL_PROGRAM_BINARIES, sizeof binary, &binary,
		NULL) == CL_SUCCESS)
		ip_cl_cache_put(key, binary, size);
	ip_free(binary);
	ip_debug("opencl: %s: built %s", dev->name, key);
}

static int from_source(struct ip_dev *dev, const struct files *f,
	const char *options, cl_program *program)
{
	const char *text[FILES];
	size_t size[FILES];
	cl_int code;
	int rc;

	for (cl_uint i = 0; i < f->count; i++) {
		text[i] = (const char *)f->file[i]->text;
		size[i] = f->file[i]->size;
	}
	*program = clCreateProgramWithSource(dev->context, f->count, text,
		size, &code);
	if (code != CL_SUCCESS)
		return ip_cl_fail(dev, code, "clCreateProgramWithSource");
	rc = build(dev, *program, options, &code);
	if (rc == 0 && code != CL_SUCCESS)
		rc = build_failed(dev, *program, f->file[f->count - 1]->name,
			code);
	if (rc < 0)
		clReleaseProgram(*program);
	return rc;
}

static int make(struct ip_dev *dev, const char *source, const char *options,
	cl_program *program)
{
	struct files f;
	char *key;
	int rc = files_of(&f, source);

	if (rc < 0)
		return rc;
	if ((key = key_of(dev, &f, options)) == NULL)
		return IP_ENOMEM;
	rc = from_cache(dev, key, options, program);
	if (rc == 0 && !*program) {
		rc = from_source(dev, &f, options, program);
		if (rc == 0)
			keep(dev, key, *program);
	}
	ip_free(key);
	return rc;
}

int ip_cl_program(struct ip_dev *dev, const char *source, const char *options,
	cl_program *program)
{
	struct ip_cl_program *p;
	char *own;
	size_t i;
	int rc;

	for (i = 0; i < dev->program_count; i++) {
		p = &dev->programs[i];
		if (strcmp(p->source, source) == 0 &&
			strcmp(p->options, options) == 0) {
			*program = p->program;
			return IP_OK;
		}
	}
	if ((rc = ip_grow(&dev->programs, &dev->program_cap,
		dev->program_count + 1, sizeof(*dev->programs))) < 0)
		return rc;
	if ((own = ip_strdup(options)) == NULL)
		return IP_ENOMEM;
	if ((rc = make(dev, source, options, program)) < 0) {
		ip_free(own);
		return rc;
	}
	dev->programs[dev->program_count++] = (struct ip_cl_program){ source,
		own, *program };
	return IP_OK;
}
