/* What the ops of the opencl backend share. */
#ifndef IP_OPENCL_H
#define IP_OPENCL_H

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <iphase/backend.h>
#include "core/core.h"
#include "core/op_check.h"
#include "core/op_list.h"
#include "core/sizes.h"

/* ---- the device ---- */

/* Memory that was given back, for the next that asks for as much. */
struct ip_cl_block {
	cl_mem mem;
	size_t size;
};

struct ip_cl_program {
	const char *source;		/* the name of its file */
	char *options;
	cl_program program;
};

struct ip_cl_kernel {
	cl_program program;
	const char *name;
	cl_kernel kernel;
};

struct ip_dev {
	struct ip_dev_head head;
	cl_device_id id;
	cl_context context;
	cl_command_queue queue;
	char *name, *print;		/* print: who wrote its programs */
	size_t memory, largest;		/* bytes in all, of one buffer */
	size_t local, group;		/* bytes, items of a work group */
	size_t staged;			/* bytes of puts not waited for */
	struct ip_cl_block *pool;
	struct ip_cl_program *programs;
	struct ip_cl_kernel *kernels;
	struct ip_cl_fft *ffts;		/* their tables */
	struct ip_cl_any *anys;
	size_t pooled, pool_cap, program_count, program_cap, kernel_count,
		kernel_cap, fft_count, fft_cap, any_count, any_cap;
	struct ip_buf scratch;
};

/* Report code of call as what the device did, and return the status. */
int ip_cl_fail(const struct ip_dev *dev, cl_int code, const char *call);

/*
 * size bytes until the next call on this device; kept for the next op.
 * IP_ENOMEM, reported.
 */
int ip_cl_scratch(struct ip_dev *dev, struct ip_buf *buf, size_t size);

/* ---- programs ---- */

/* The files of kernels/, as the build embeds them; NULL-ended. */
struct ip_cl_source {
	const char *name;
	const unsigned char *text;
	size_t size;
};
extern const struct ip_cl_source ip_cl_sources[];

/*
 * The program of kernels/source.cl, built with options, once a device; of
 * several files one behind the other if source is "fft+multislice". What was
 * built is kept on disk for the next process.
 */
int ip_cl_program(struct ip_dev *dev, const char *source, const char *options,
	cl_program *program);

/* A binary that was kept under key, or NULL; and to keep one, if possible. */
unsigned char *ip_cl_cache_get(const char *key, size_t *size);
void ip_cl_cache_put(const char *key, const unsigned char *binary,
	size_t size);

/* ---- calls ---- */

/*
 * A call of a kernel, put together argument by argument; the first failure is
 * reported, and what run returns.
 *
 *	struct ip_cl_call c = ip_cl_call(dev, "fill", "fill", "");
 *	ip_cl_buf(&c, x);
 *	ip_cl_size(&c, n);
 *	ip_cl_real(&c, value);
 *	return ip_cl_run(&c, n);
 */
struct ip_cl_call {
	struct ip_dev *dev;
	cl_kernel kernel;
	cl_uint next;
	int rc;
};
/* options: of the compiler, such as -D. */
struct ip_cl_call ip_cl_call(struct ip_dev *dev, const char *source,
	const char *kernel, const char *options);
/* Two arguments: global real *, and ulong, where it begins in that. NULL is
 * fine: nothing. */
void ip_cl_buf(struct ip_cl_call *c, const struct ip_buf *buf);
void ip_cl_size(struct ip_cl_call *c, size_t n);	/* uint; below 2^32 */
int ip_cl_fits(size_t n);	/* IP_ELIMIT, reported, if it is not */
void ip_cl_int(struct ip_cl_call *c, int v);
void ip_cl_real(struct ip_cl_call *c, double v);
void ip_cl_local(struct ip_cl_call *c, size_t bytes);
/* One item for each of n; the kernel asks whether its number is below n. */
int ip_cl_run(struct ip_cl_call *c, size_t n);
/* Work groups of x (by y) by z items. */
int ip_cl_run_groups(struct ip_cl_call *c, const size_t groups[3],
	const size_t items[3]);

/* ---- maps ---- */

/* Items of a work group: a power of two, 256 where the device can. */
size_t ip_cl_items(const struct ip_dev *dev);

/*
 * How the pixels of b pictures are shared out, by their shape alone: a work
 * group takes a block of pixels of one picture and 'width' of the channels,
 * side by side as they are in memory, of 'lanes' pixels at once. Kernels get
 * it as CUT and find their place by CUT_PLACE, see cuts.cl.
 */
struct ip_cl_cut {
	size_t b, pixels, c;
	size_t items;		/* a group; some may be left over */
	size_t width, lanes;
	size_t chunks;		/* groups for all channels */
	size_t block, blocks;	/* pixels a block, blocks a picture */
};
struct ip_cl_cut ip_cl_cut(const struct ip_dev *dev, size_t b, size_t pixels,
	size_t c);
/* All of a picture's pixels in one block. */
struct ip_cl_cut ip_cl_cut_whole(const struct ip_dev *dev, size_t b,
	size_t pixels, size_t c);
/* To add up what each block of another cut gave: its blocks are the pixels. */
struct ip_cl_cut ip_cl_cut_sums(const struct ip_dev *dev,
	const struct ip_cl_cut *of);
void ip_cl_cut_set(struct ip_cl_call *c, const struct ip_cl_cut *cut);
int ip_cl_cut_run(struct ip_cl_call *c, const struct ip_cl_cut *cut);
/* Local memory for over_lanes() of cuts.cl. */
void ip_cl_room(struct ip_cl_call *c, const struct ip_cl_cut *cut);

/* Pixels each by itself: 'lanes' items of a group side by side take one. */
struct ip_cl_rows {
	size_t pixels, items, lanes;
};
struct ip_cl_rows ip_cl_rows(const struct ip_dev *dev, size_t pixels,
	size_t c);
/* The kernel's last argument is the room that over_lanes() wants. */
int ip_cl_rows_run(struct ip_cl_call *c, const struct ip_cl_rows *r);

/* Two arguments, as ip_cl_buf: a buffer from its real 'first' on. */
void ip_cl_part(struct ip_cl_call *c, const struct ip_buf *buf, size_t first);
/* Three arguments: a buffer from the slot's first channel on, and its pitch. */
void ip_cl_slot(struct ip_cl_call *c, const struct ip_buf *buf,
	const struct ip_slot *slot);

/* ---- the table ---- */

int ip_cl_alloc(struct ip_dev *dev, struct ip_buf *buf, size_t size);
void ip_cl_free(struct ip_dev *dev, struct ip_buf *buf);
int ip_cl_put(struct ip_dev *dev, struct ip_buf *buf, size_t offset,
	const void *from, size_t size);
int ip_cl_get(struct ip_dev *dev, const struct ip_buf *buf, size_t offset,
	void *to, size_t size);
int ip_cl_sync(struct ip_dev *dev);

IP_OP_PROTOTYPES(ip_cl_)

#endif
