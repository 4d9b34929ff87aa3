/* Datasets: the pictures of many files. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <iphase/invent.h>
#include "core/core.h"
#include "dataset.h"

/* ---- opening ---- */

static int add_file(struct ip_dataset *d, const char *path)
{
	struct ip_data_file *f;
	int rc = ip_grow(&d->files, &d->cap, d->count + 1, sizeof *d->files);

	if (rc < 0)
		return rc;
	f = &d->files[d->count];
	rc = ip_data_file_open(f, path, d->truth);
	if (rc < 0)
		return rc;
	f->first = d->pictures;
	d->pictures += f->count;
	d->count++;
	return 0;
}

static int is_data(const char *name)
{
	return name[0] != '.' && (ip_ends_with(name, ".npz") ||
		ip_ends_with(name, ".ipt"));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of data files in a folder, in their order, each to be freed. */
static int list_folder(DIR *dir, char ***names, size_t *count)
{
	struct dirent *e;
	size_t cap = 0;

	while ((e = readdir(dir))) {
		if (!is_data(e->d_name))
			continue;
		if (ip_grow(names, &cap, *count + 1, sizeof **names) < 0)
			return IP_ENOMEM;
		(*names)[*count] = ip_strdup(e->d_name);
		if (!(*names)[*count])
			return IP_ENOMEM;
		++*count;
	}
	if (*count)
		qsort(*names, *count, sizeof **names, by_name);
	return 0;
}

static int add_folder(struct ip_dataset *d, const char *path)
{
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	char **names = NULL, *full;
	size_t i, n = 0;
	DIR *dir = opendir(path);
	int rc;

	if (!dir)
		return ip_fail_errno(IP_EIO, "%s: cannot be read", path);
	rc = list_folder(dir, &names, &n);
	closedir(dir);
	if (rc == 0 && n == 0)
		rc = ip_fail(IP_ENOTFOUND, "%s: a folder without .npz or .ipt"
			" files", path);
	for (i = 0; i < n; i++) {
		full = rc == 0 ? ip_format("%s%s%s", path, slash, names[i]) :
			NULL;
		if (rc == 0)
			rc = full ? add_file(d, full) : IP_ENOMEM;
		ip_free(full);
		ip_free(names[i]);
	}
	ip_free(names);
	return rc;
}

static int add_path(struct ip_dataset *d, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return ip_fail_errno(errno == ENOENT ? IP_ENOTFOUND : IP_EIO,
			"%s: cannot be read", path);
	return S_ISDIR(st.st_mode) ? add_folder(d, path) : add_file(d, path);
}

int ip_dataset_open(struct ip_dataset **out, const char *const *paths,
	size_t n, enum ip_truth truth)
{
	struct ip_dataset *d;
	size_t i;
	int rc = 0;

	if (n == 0)
		return ip_fail(IP_EINVAL, "a dataset: expected files or"
			" folders, found none");
	d = ip_alloc(sizeof *d);
	if (!d)
		return IP_ENOMEM;
	d->truth = truth;
	for (i = 0; i < n && rc == 0; i++)
		rc = add_path(d, paths[i]);
	if (rc < 0)
		ip_dataset_close(d);
	else
		*out = d;
	return rc;
}

void ip_dataset_close(struct ip_dataset *d)
{
	size_t i;

	if (!d)
		return;
	for (i = 0; i < d->count; i++)
		ip_data_file_free(&d->files[i]);
	ip_free(d->files);
	ip_free(d);
}

/* ---- what is in it ---- */

size_t ip_dataset_count(const struct ip_dataset *d)
{
	return d->pictures;
}

/* Before, in or behind a file. */
static int where(const void *picture, const void *file)
{
	const struct ip_data_file *f = file;
	size_t i = *(const size_t *)picture;

	return i < f->first ? -1 : i >= f->first + f->count;
}

/* The file of picture i; NULL if there is no such picture. */
static const struct ip_data_file *find_file(const struct ip_dataset *d,
	size_t i)
{
	return bsearch(&i, d->files, d->count, sizeof *d->files, where);
}

const struct ip_data_file *ip_dataset_file(const struct ip_dataset *d,
	size_t i)
{
	const struct ip_data_file *f = find_file(d, i);

	if (!f)
		ip_fail(IP_EINVAL, "picture %zu of a dataset of %zu", i,
			d->pictures);
	return f;
}

size_t ip_dataset_specimen(const struct ip_dataset *d, size_t i)
{
	return (size_t)(find_file(d, i) - d->files);
}

const char *ip_dataset_path(const struct ip_dataset *d, size_t i)
{
	return find_file(d, i)->path;
}

void ip_dataset_size(const struct ip_dataset *d, size_t i, size_t *h,
	size_t *w)
{
	const struct ip_data_file *f = find_file(d, i);

	*h = f->h;
	*w = f->w;
}

int ip_dataset_get(const struct ip_dataset *d, size_t i, struct ip_sample *s)
{
	const struct ip_data_file *f = ip_dataset_file(d, i);

	return f ? ip_data_file_get(f, d->truth, i - f->first, s) : IP_EINVAL;
}

void ip_sample_free(struct ip_sample *s)
{
	ip_tensor_free(&s->segments);
	ip_tensor_free(&s->truth);
	ip_tensor_free(&s->thickness);
}

/* ---- where it comes from ---- */

/* Smallest and largest; NAN once one is not known. */
static void widen(double v[2], double lo, double hi)
{
	v[0] = lo < v[0] || isnan(lo) ? lo : v[0];
	v[1] = hi > v[1] || isnan(hi) ? hi : v[1];
}

static int put_range(struct ip_attrs *a, const char *key, const double v[2])
{
	if (isnan(v[0]) || isnan(v[1]))
		return 0;
	return ip_attrs_f64(a, key, v, v[0] == v[1] ? 1 : 2);
}

static int is_invented(const char *material)
{
	return strncmp(material, IP_INVENTED, strlen(IP_INVENTED)) == 0;
}

/* Whether an earlier file is of file i's material. */
static int was_named(const struct ip_dataset *d, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(d->files[j].material, d->files[i].material) == 0)
			return 1;
	return 0;
}

/* list, which is freed, and then text; NULL: no memory. */
static char *append(char *list, const char *text)
{
	char *longer = list ? ip_format("%s, %s", list, text) :
		ip_strdup(text);

	ip_free(list);
	return longer;
}

/* "GaN, KNbO3, 2 invented crystals": each once, in the order of the files. */
static int put_materials(struct ip_attrs *a, const struct ip_dataset *d)
{
	char *list = NULL, text[64];
	size_t i, invented = 0;
	int rc = 0;

	for (i = 0; i < d->count; i++)
		if (!d->files[i].material)
			return 0;
	for (i = 0; rc == 0 && i < d->count; i++) {
		if (was_named(d, i))
			continue;
		if (is_invented(d->files[i].material)) {
			invented++;
			continue;
		}
		list = append(list, d->files[i].material);
		rc = list ? 0 : IP_ENOMEM;
	}
	if (rc == 0 && invented) {
		snprintf(text, sizeof text, "%zu invented crystal%s", invented,
			invented == 1 ? "" : "s");
		list = append(list, text);
		rc = list ? 0 : IP_ENOMEM;
	}
	if (rc == 0)
		rc = ip_attrs_text(a, "materials", list);
	ip_free(list);
	return rc;
}

int ip_dataset_describe(const struct ip_dataset *d, struct ip_attrs *a)
{
	enum { ENERGY, SEMIANGLE, INNER, OUTER, PIXEL, THICKNESS, RANGES };
	static const char *const key[RANGES] = { "energy", "semiangle",
		"inner", "outer", "pixel_size", "thickness" };
	double v[RANGES][2];
	size_t i;
	int rc = 0;

	for (i = 0; i < RANGES; i++) {
		v[i][0] = INFINITY;
		v[i][1] = -INFINITY;
	}
	for (i = 0; i < d->count; i++) {
		const struct ip_data_file *f = &d->files[i];

		widen(v[ENERGY], f->energy, f->energy);
		widen(v[SEMIANGLE], f->semiangle, f->semiangle);
		widen(v[INNER], f->inner, f->inner);
		widen(v[OUTER], f->outer, f->outer);
		widen(v[PIXEL], f->pixel[0], f->pixel[0]);
		widen(v[PIXEL], f->pixel[1], f->pixel[1]);
		widen(v[THICKNESS], f->thickness[0], f->thickness[1]);
	}
	for (i = 0; i < RANGES && rc == 0; i++)
		rc = put_range(a, key[i], v[i]);
	return rc < 0 ? rc : put_materials(a, d);
}
