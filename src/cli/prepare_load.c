/* iphase-prepare: which images of which files are the four segments. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iphase/measured.h>
#include "prepare_tool.h"
#include "segments.h"

enum { MOST = 1600 };	/* characters of a list of images */

/* An image, and the file that has it. */
struct image {
	const struct ip_bundle *file;
	const struct ip_item *item;
};

/* ---- what there is ---- */

static int is_image(const struct ip_item *item)
{
	const struct ip_tensor *t = &item->tensor;

	return ip_tensor_is_real(t) && t->ndim >= 2 && t->ndim <= 4 &&
		ip_tensor_count(t) > 0;
}

static size_t count_images(const struct ip_bundle *b)
{
	size_t i, n = 0;

	for (i = 0; i < b->count; i++)
		n += (size_t)is_image(&b->items[i]);
	return n;
}

static const struct ip_item *only_image(const struct ip_bundle *b)
{
	size_t i;

	for (i = 0; i < b->count; i++)
		if (is_image(&b->items[i]))
			return &b->items[i];
	return NULL;
}

/* "\n  NAME: 3 x 64 x 64 uint16" of each, as far as it fits. */
static void list_images(const struct ip_prepare_job *job, char *text,
	size_t size)
{
	size_t n = 0, k;
	int i, d;

	text[0] = '\0';
	for (i = 0; i < job->cli->count; i++)
		for (k = 0; k < job->files[i].count && n + 200 < size; k++) {
			const struct ip_item *item = &job->files[i].items[k];

			n += (size_t)snprintf(text + n, size - n, "\n  %.100s:",
				item->name);
			for (d = 0; d < item->tensor.ndim && n < size - 64; d++)
				n += (size_t)snprintf(text + n, size - n,
					"%s%zu", d ? " x " : " ",
					item->tensor.shape[d]);
			n += (size_t)snprintf(text + n, size - n, " %s",
				ip_dtype_name(item->tensor.dtype));
		}
	if (n + 200 >= size)
		snprintf(text + n, size - n, "\n  ..");
}

static int not_found(const struct ip_prepare_job *job, const char *what)
{
	char text[MOST];

	list_images(job, text, sizeof text);
	return ip_cli_error(IP_ENOTFOUND, "%s: %s; name the four, first to"
		" fourth, by --segments=NAME,NAME,NAME,NAME. There is:%s",
		job->cli->operands[0], what, text);
}

/* By name in all files; *count is how many have it. */
static struct image find_image(const struct ip_prepare_job *job,
	const char *name, size_t n, int *count)
{
	struct image found = { NULL, NULL };
	size_t k;
	int i;

	*count = 0;
	for (i = 0; i < job->cli->count; i++)
		for (k = 0; k < job->files[i].count; k++) {
			const struct ip_item *item = &job->files[i].items[k];

			if (!is_image(item) || strlen(item->name) != n ||
			    strncmp(item->name, name, n) != 0)
				continue;
			found.file = &job->files[i];
			found.item = item;
			++*count;
		}
	return found;
}

/* ---- four of them ---- */

/* --segments */
static int by_option(const struct ip_prepare_job *job, struct image *four)
{
	const char *name = job->o->segments;
	char text[256];
	int j, count;
	size_t n;

	for (j = 0, n = 0; name[n]; n++)
		j += name[n] == ',';
	if (j != 3)
		return ip_cli_usage(job->cli, "--segments: '%s', expected four"
			" names", name);
	for (j = 0; j < 4; j++, name += n + 1) {
		n = strcspn(name, ",");
		four[j] = find_image(job, name, n, &count);
		snprintf(text, sizeof text, "%s image '%.*s'", count ?
			"more than one" : "no", n < 200 ? (int)n : 200, name);
		if (count != 1)
			return not_found(job, text);
	}
	return 0;
}

/* PREFIXA to PREFIXD, if there is one such set. */
static int by_letter(const struct ip_prepare_job *job, struct image *four)
{
	char name[256];
	int i, j, count, sets = 0;
	size_t k, n;

	for (i = 0; i < job->cli->count; i++)
		for (k = 0; k < job->files[i].count; k++) {
			struct image set[4];
			const char *first = job->files[i].items[k].name;

			n = strlen(first);
			if (!n || first[n - 1] != 'A' || n >= sizeof name)
				continue;
			memcpy(name, first, n + 1);
			for (j = 0; j < 4; j++) {
				name[n - 1] = (char)("ABCD"[j]);
				set[j] = find_image(job, name, n, &count);
				if (count != 1)
					break;
			}
			if (j == 4)
				memcpy(four, set, sizeof set);
			sets += j == 4;
		}
	return sets == 1 ? 0 : not_found(job, sets ? "several sets of images"
		" whose names end in A, B, C and D" : "neither segments, nor"
		" images whose names end in A, B, C and D");
}

/* One tensor that holds all four, or NULL. */
static const struct ip_item *together(const struct ip_prepare_job *job)
{
	const struct ip_bundle *b = &job->files[0];
	const struct ip_item *item = NULL;
	int i;

	if (job->cli->count != 1 || job->o->segments)
		return NULL;
	for (i = 0; !item && i < 2; i++)
		item = ip_bundle_find(b, ip_measured_name(IP_MEASURED_SEGMENTS,
			i));
	if (!item && count_images(b) == 1)
		item = only_image(b);
	return item && is_image(item) && item->tensor.ndim > 2 &&
		item->tensor.shape[item->tensor.ndim - 3] == 4 ? item : NULL;
}

static int choose(const struct ip_prepare_job *job, struct image *four)
{
	int i, single = job->cli->count == 4;

	if (job->o->segments)
		return by_option(job, four);
	for (i = 0; single && i < 4; i++)
		single = count_images(&job->files[i]) == 1;
	for (i = 0; single && i < 4; i++) {
		four[i].file = &job->files[i];
		four[i].item = only_image(&job->files[i]);
	}
	return single ? 0 : by_letter(job, four);
}

/* ---- into frames ---- */

static int check_four(const struct ip_prepare_job *job,
	const struct image *four)
{
	const struct ip_tensor *a = &four[0].item->tensor, *b;
	int i, d, same;
	char text[MOST];

	for (i = 0; i < 4; i++) {
		b = &four[i].item->tensor;
		same = b->ndim == a->ndim && b->ndim <= 3;
		for (d = 0; same && d < a->ndim; d++)
			same = a->shape[d] == b->shape[d];
		if (same)
			continue;
		list_images(job, text, sizeof text);
		return ip_cli_error(IP_EFORMAT, "%s: '%s' has another shape"
			" than '%s', expected four of (x, y) or (frame, x, y)."
			" There is:%s", job->cli->operands[0],
			four[i].item->name, four[0].item->name, text);
	}
	return 0;
}

static int stack(struct ip_prepare_job *job, const struct image *four)
{
	const struct ip_tensor *a = &four[0].item->tensor;
	struct ip_tensor from, to;
	enum ip_dtype dtype = a->dtype;
	size_t shape[4] = { 1, 4, a->shape[a->ndim - 2],
		a->shape[a->ndim - 1] };
	int i, rc = check_four(job, four);

	if (a->ndim == 3)
		shape[0] = a->shape[0];
	for (i = 1; i < 4; i++)
		if (four[i].item->tensor.dtype != dtype)
			dtype = IP_F64;
	if (rc == 0)
		rc = ip_tensor_new(&job->store, dtype, 4, shape);
	for (i = 0; rc == 0 && i < 4; i++) {
		from = four[i].item->tensor;
		from.owner = NULL;
		if (from.ndim == 2)
			ip_cli_lift(&from);
		rc = ip_tensor_at(&to, &job->store, 1, (size_t)i);
		if (rc == 0)
			rc = ip_tensor_copy(&to, &from);
	}
	job->frames = job->store;
	job->frames.owner = NULL;
	return rc < 0 ? rc : ip_prepare_note(job, "segments: %s, %s, %s, %s",
		four[0].item->name, four[1].item->name, four[2].item->name,
		four[3].item->name);
}

/* ---- attributes of the measurement ---- */

/* Those of a whole but for what is one tensor's own, or made it. */
static int copy_attrs(struct ip_attrs *to, const struct ip_attrs *from)
{
	static const char *const own[] = { "unit", "axes", "mean", "history",
		"segment", "uuid" };
	size_t i, k;
	int rc = 0, skip;

	for (i = 0; rc == 0 && i < from->count; i++) {
		const struct ip_attrs one = { 1, &from->items[i] };

		for (k = 0, skip = 0; k < sizeof own / sizeof *own; k++)
			skip |= strcmp(from->items[i].key, own[k]) == 0;
		if (!skip)
			rc = ip_attrs_copy(to, &one);
	}
	return rc;
}

/* Four images of one scan have one pixel size. */
static int check_pixels(const struct ip_prepare_job *job,
	const struct image *four)
{
	int i, d;

	for (i = 1; i < 4; i++)
		for (d = 0; d < 2; d++) {
			double a = ip_attrs_get_one(&four[0].item->attrs,
				"pixel_size", (size_t)d, NAN);
			double b = ip_attrs_get_one(&four[i].item->attrs,
				"pixel_size", (size_t)d, NAN);

			if (fabs(a - b) > 1e-6 * fabs(a))
				return ip_cli_error(IP_EFORMAT, "%s: pixels of"
					" '%s' are %g Angstrom wide, of '%s'"
					" %g: these are not of one scan",
					job->cli->operands[0],
					four[0].item->name, a,
					four[i].item->name, b);
		}
	return 0;
}

/* ---- what else the file knows ---- */

int ip_prepare_flipped(const struct ip_prepare_job *job,
	const struct ip_tensor *t, struct ip_tensor *view)
{
	static const char *const names[] = { "x", "y", "transpose" };
	struct ip_tensor v = *t;
	size_t i;
	int k, rc = 0;

	v.owner = NULL;
	for (i = 0; rc == 0 && i < job->o->flip.count; i++) {
		for (k = 0; k < 3; k++)
			if (strcmp(job->o->flip.v[i], names[k]) == 0)
				break;
		rc = k < 3 ? ip_prepare_flip(&v, (enum ip_flip)k, &v) :
			ip_cli_usage(job->cli, "--flip: '%s', expected x, y or"
				" transpose", job->o->flip.v[i]);
	}
	*view = v;
	return rc;
}

/* Potentials of a simulation, in the shape of the frames. */
static int take_truth(struct ip_prepare_job *job)
{
	static const char *const names[IP_PREPARE_TRUTHS] = {
		"potential_beam", "potential_zone" };
	struct ip_tensor v;
	int i, rc = 0;

	for (i = 0; rc == 0 && i < IP_PREPARE_TRUTHS; i++) {
		const struct ip_item *item = ip_bundle_find(job->about,
			names[i]);

		if (!item || !is_image(item) || item->tensor.ndim > 3)
			continue;
		rc = ip_prepare_flipped(job, &item->tensor, &v);
		if (rc == 0 && v.ndim == 2)
			ip_cli_lift(&v);
		if (rc == 0 && v.shape[0] == job->frames.shape[0] &&
		    v.shape[1] == job->size[0] && v.shape[2] == job->size[1])
			job->truth[i] = v;
	}
	return rc;
}

static int take_euler(struct ip_prepare_job *job)
{
	const struct ip_item *item = NULL;
	int i;

	for (i = 0; !item && i < 2; i++)
		item = ip_bundle_find(job->about, ip_measured_name(
			IP_MEASURED_EULER, i));
	if (!item || !ip_tensor_is_real(&item->tensor) ||
	    item->tensor.ndim < 1 || item->tensor.ndim > 2 ||
	    item->tensor.shape[item->tensor.ndim - 1] != 3)
		return 0;
	return ip_tensor_convert(&job->euler, IP_F64, &item->tensor);
}

/* ---- the whole ---- */

static int load_files(struct ip_prepare_job *job)
{
	int i, rc = 0;

	job->files = calloc((size_t)job->cli->count, sizeof *job->files);
	if (!job->files)
		return ip_cli_error(IP_ENOMEM, "out of memory");
	for (i = 0; rc == 0 && i < job->cli->count; i++)
		rc = ip_cli_load(job->cli->operands[i], 0, &job->files[i]);
	return rc;
}

static int take_images(struct ip_prepare_job *job)
{
	const struct ip_item *item = together(job);
	struct image four[4];
	int rc;

	if (item) {
		job->about = &job->files[0];
		job->frames = item->tensor;
		job->frames.owner = NULL;
		if (job->frames.ndim == 3)
			ip_cli_lift(&job->frames);
		rc = ip_prepare_note(job, "segments: the four of '%s'",
			item->name);
		return rc < 0 ? rc : copy_attrs(&job->attrs, &item->attrs);
	}
	rc = choose(job, four);
	if (rc == 0)
		rc = check_pixels(job, four);
	if (rc == 0)
		rc = stack(job, four);
	if (rc)
		return rc;
	job->about = four[0].file;
	return copy_attrs(&job->attrs, &four[0].item->attrs);
}

int ip_prepare_load(struct ip_prepare_job *job)
{
	struct ip_attrs own = { 0 };
	struct ip_tensor v;
	size_t i;
	int rc = load_files(job);

	if (rc == 0)
		rc = take_images(job);
	if (rc)
		return rc;
	/* of the images those that stand nearer to them count */
	own = job->attrs;
	job->attrs = (struct ip_attrs){ 0 };
	rc = copy_attrs(&job->attrs, &job->about->attrs);
	if (rc == 0)
		rc = ip_attrs_copy(&job->attrs, &own);
	ip_attrs_free(&own);
	if (rc == 0)
		rc = ip_prepare_flipped(job, &job->frames, &v);
	if (rc)
		return rc;
	job->frames = v;
	job->size[0] = v.shape[2];
	job->size[1] = v.shape[3];
	for (i = 0; rc == 0 && i < job->o->flip.count; i++)
		rc = ip_prepare_note(job, "flipped: %s", job->o->flip.v[i]);
	if (rc == 0)
		rc = take_truth(job);
	return rc ? rc : take_euler(job);
}

void ip_prepare_free(struct ip_prepare_job *job)
{
	int i;

	for (i = 0; job->files && i < job->cli->count; i++)
		ip_bundle_free(&job->files[i]);
	free(job->files);
	ip_tensor_free(&job->store);
	ip_tensor_free(&job->segments);
	ip_tensor_free(&job->drift);
	for (i = 0; i < IP_PREPARE_TRUTHS; i++)
		ip_tensor_free(&job->truth[i]);
	ip_tensor_free(&job->thickness);
	ip_tensor_free(&job->euler);
	ip_attrs_free(&job->attrs);
	free(job->history);
}
