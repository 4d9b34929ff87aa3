/* HDF5 datasets and attributes: sizes checked, numbers and text read. */
#include <string.h>
#include "../core/core.h"
#include "hdf5_file.h"
#include "stream.h"

#define ATTR_MAX 65536	/* bytes of an attribute, the format's own bound */
#define NAMES_MOST 4	/* of one dataset, each of which is read */

/* ---- types ---- */

struct type {
	enum ip_dtype dtype;
	hid_t memory;		/* to be closed if own */
	int own;
};

static void integer(struct type *t, size_t size, int sign)
{
	static const enum ip_dtype dtypes[2][4] = {
		{ IP_U8, IP_U16, IP_U32, IP_U64 },
		{ IP_I8, IP_I16, IP_I32, IP_I64 },
	};
	const hid_t memory[2][4] = {
		{ H5T_NATIVE_UINT8, H5T_NATIVE_UINT16, H5T_NATIVE_UINT32,
			H5T_NATIVE_UINT64 },
		{ H5T_NATIVE_INT8, H5T_NATIVE_INT16, H5T_NATIVE_INT32,
			H5T_NATIVE_INT64 },
	};
	int i = size <= 1 ? 0 : size <= 2 ? 1 : size <= 4 ? 2 : 3;

	t->dtype = dtypes[sign][i];
	t->memory = memory[sign][i];
}

static int is_pair(const char *a, const char *b)
{
	return (strcmp(a, "realFloat") == 0 && strcmp(b, "imagFloat") == 0) ||
		(strcmp(a, "real") == 0 && strcmp(b, "imag") == 0) ||
		(strcmp(a, "r") == 0 && strcmp(b, "i") == 0);
}

static int complex_type(struct type *t, hid_t file)
{
	char *a, *b;
	int ok;

	if (H5Tget_nmembers(file) != 2 ||
	    H5Tget_member_class(file, 0) != H5T_FLOAT ||
	    H5Tget_member_class(file, 1) != H5T_FLOAT)
		return IP_H5_OTHER;
	a = H5Tget_member_name(file, 0);
	b = H5Tget_member_name(file, 1);
	ok = a && b && is_pair(a, b);
	if (ok) {
		t->dtype = IP_C64;
		t->memory = H5Tcreate(H5T_COMPOUND, 8);
		t->own = 1;
		ok = t->memory >= 0 &&
			H5Tinsert(t->memory, a, 0, H5T_NATIVE_FLOAT) >= 0 &&
			H5Tinsert(t->memory, b, 4, H5T_NATIVE_FLOAT) >= 0;
	}
	H5free_memory(a);
	H5free_memory(b);
	return ok ? 0 : IP_H5_OTHER;
}

static void type_free(struct type *t)
{
	if (t->own && t->memory >= 0)
		H5Tclose(t->memory);
}

/* How a type of the file is read; IP_H5_OTHER if it is no number. */
static int type_find(struct type *t, hid_t file)
{
	size_t size = H5Tget_size(file);
	hid_t base;
	int rc = IP_H5_OTHER;

	memset(t, 0, sizeof *t);
	switch (H5Tget_class(file)) {
	case H5T_INTEGER:
		if (size < 1 || size > 8)
			return IP_H5_OTHER;
		integer(t, size, H5Tget_sign(file) == H5T_SGN_2);
		return 0;
	case H5T_FLOAT:
		t->dtype = size <= 4 ? IP_F32 : IP_F64;
		t->memory = size <= 4 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
		return 0;
	case H5T_ENUM:
		base = H5Tget_super(file);
		if (base >= 0 && H5Tget_class(base) == H5T_INTEGER)
			rc = type_find(t, base);
		if (base >= 0)
			H5Tclose(base);
		return rc;
	case H5T_COMPOUND:
		rc = complex_type(t, file);
		if (rc != 0)
			type_free(t);
		return rc;
	default:
		return IP_H5_OTHER;
	}
}

/* ---- shapes ---- */

static int shape_find(hid_t space, struct ip_tensor *t)
{
	hsize_t dims[H5S_MAX_RANK];
	int n, d;

	if (H5Sget_simple_extent_type(space) == H5S_NULL)
		return IP_H5_OTHER;
	n = H5Sget_simple_extent_ndims(space);
	if (n < 0 || n > IP_MAX_DIMS ||
	    H5Sget_simple_extent_dims(space, dims, NULL) < 0)
		return IP_H5_OTHER;
	t->ndim = n;
	for (d = 0; d < n; d++)
		t->shape[d] = (size_t)dims[d];
	return 0;
}

/* SIZE_MAX on overflow. */
static size_t bytes_in(size_t element, const struct ip_tensor *t)
{
	size_t n = element;
	int d;

	for (d = 0; d < t->ndim; d++)
		if (ip_mul_size(n, t->shape[d], &n))
			n = SIZE_MAX;
	return n;
}

/* ---- what the file must hold ---- */

struct storage {
	uint64_t bytes;		/* in the file */
	uint64_t chunk;		/* of the elements of one chunk; or 0 */
	int filters;
};

static int check_filters(struct ip_h5 *f, const char *name, hid_t how,
	int count)
{
	unsigned flags, config;
	char filter[64] = "";
	H5Z_filter_t id;
	size_t n;
	int i;

	for (i = 0; i < count; i++) {
		n = 0;
		id = H5Pget_filter2(how, (unsigned)i, &flags, &n, NULL,
			sizeof filter, filter, &config);
		if (id >= 0 && H5Zfilter_avail(id) <= 0)
			return ip_fail(IP_ENOTSUP, "%s: %s is packed by filter"
				" %d (%s), which this HDF5 does not have; write"
				" it anew with gzip", f->path, name, (int)id,
				filter);
	}
	return 0;
}

static int storage_find(struct ip_h5 *f, const char *name, hid_t set,
	size_t element, struct storage *s)
{
	hid_t how = H5Dget_create_plist(set);
	hsize_t dims[H5S_MAX_RANK];
	size_t n = element;
	int rank, d, rc = 0;

	if (how < 0)
		return ip_h5_fail(f, IP_EFORMAT, name, "cannot be read");
	if (H5Pget_layout(how) == H5D_VIRTUAL ||
	    H5Pget_external_count(how) > 0)
		rc = ip_fail(IP_ENOTSUP, "%s: %s has its data in other files;"
			" repack it", f->path, name);
	s->bytes = H5Dget_storage_size(set);
	if (rc == 0 && H5Pget_layout(how) == H5D_CHUNKED) {
		s->filters = H5Pget_nfilters(how);
		rank = H5Pget_chunk(how, H5S_MAX_RANK, dims);
		for (d = 0; d < rank; d++)
			if (ip_mul_size(n, (size_t)dims[d], &n))
				n = SIZE_MAX;
		s->chunk = n;
		rc = check_filters(f, name, how, s->filters);
	}
	H5Pclose(how);
	return rc;
}

/*
 * What is told of must be there: elements never written read as fill values,
 * so that a small file could ask for any memory. So could hard links, by which
 * a dataset has many names: of one file, what all names store is no more than
 * a few times the file either.
 */
static int check_storage(struct ip_h5 *f, const char *name, hid_t set,
	size_t element, size_t bytes)
{
	struct storage s = { 0 };
	uint64_t most;
	int rc;

	rc = storage_find(f, name, set, element, &s);
	if (rc < 0)
		return rc;
	if (s.bytes > f->size || (f->taken + s.bytes) / NAMES_MOST > f->size)
		return ip_fail(IP_EFORMAT, "%s: %s: %llu bytes stored, with"
			" those before it more than %d times the file",
			f->path, name, (unsigned long long)s.bytes,
			NAMES_MOST);
	f->taken += s.bytes;
	most = s.filters ? s.bytes * IP_H5_UNPACK_MAX : s.bytes;
	if (bytes > most && s.filters)
		return ip_fail(IP_ELIMIT, "%s: %s: %zu bytes of numbers from"
			" %llu stored ones, at most %d times as many can be"
			" right: a part was never written", f->path, name,
			bytes, (unsigned long long)s.bytes, IP_H5_UNPACK_MAX);
	if (bytes > most)
		return ip_fail(IP_ETRUNCATED, "%s: %s: %zu bytes of numbers,"
			" of which %llu were written", f->path, name, bytes,
			(unsigned long long)s.bytes);
	if (s.chunk > most)
		return ip_fail(IP_ELIMIT, "%s: %s: chunks of %llu bytes in"
			" %llu stored ones", f->path, name,
			(unsigned long long)s.chunk,
			(unsigned long long)s.bytes);
	return 0;
}

/* ---- datasets ---- */

struct set {
	hid_t id, type, space;
	struct type as;
	struct ip_tensor head;
};

static void set_close(struct set *s)
{
	type_free(&s->as);
	if (s->space >= 0)
		H5Sclose(s->space);
	if (s->type >= 0)
		H5Tclose(s->type);
	if (s->id >= 0)
		H5Oclose(s->id);
}

static int set_open(struct ip_h5 *f, const char *name, struct set *s)
{
	int rc;

	memset(s, 0, sizeof *s);
	s->type = s->space = -1;
	rc = ip_h5_object(f, name, &s->id);
	if (rc != 0)
		return rc;
	if (H5Iget_type(s->id) != H5I_DATASET)
		return IP_H5_OTHER;
	s->type = H5Dget_type(s->id);
	s->space = H5Dget_space(s->id);
	if (s->type < 0 || s->space < 0)
		return ip_h5_fail(f, IP_EFORMAT, name, "cannot be read");
	return 0;
}

static int set_numbers(struct ip_h5 *f, const char *name, struct set *s)
{
	int rc = set_open(f, name, s);

	if (rc == 0)
		rc = type_find(&s->as, s->type);
	if (rc == 0)
		rc = shape_find(s->space, &s->head);
	s->head.dtype = s->as.dtype;
	return rc;
}

int ip_h5_head(struct ip_h5 *f, const char *name, struct ip_tensor *t)
{
	struct set s;
	int rc = set_numbers(f, name, &s);

	if (rc == 0)
		*t = s.head;
	set_close(&s);
	return rc;
}

static int bytes_of(struct ip_h5 *f, const char *name,
	const struct ip_tensor *t, size_t element, size_t *bytes)
{
	*bytes = bytes_in(element, t);
	return *bytes < SIZE_MAX ? 0 : ip_fail(IP_EFORMAT, "%s: %s: its size"
		" overflows", f->path, name);
}

/* The memory space of head, of the file the same or the first of the last. */
static int transfer(struct ip_h5 *f, const char *name, struct set *s, int first,
	void *data)
{
	hsize_t from[IP_MAX_DIMS] = { 0 }, count[IP_MAX_DIMS];
	int n = s->head.ndim, d, ok, rc;
	hid_t memory;

	for (d = 0; d < n; d++)
		count[d] = s->head.shape[d];
	memory = n ? H5Screate_simple(n, count, NULL) : H5Screate(H5S_SCALAR);
	ok = memory >= 0;
	if (ok && first)
		ok = H5Sselect_hyperslab(s->space, H5S_SELECT_SET, from, NULL,
			count, NULL) >= 0;
	ok = ok && H5Dread(s->id, s->as.memory, memory, s->space, H5P_DEFAULT,
		data) >= 0;
	/* before the next call of HDF5, which forgets why */
	rc = ok ? 0 : ip_h5_fail(f, IP_EFORMAT, name, "cannot be read");
	if (memory >= 0)
		H5Sclose(memory);
	return rc;
}

static int read_numbers(struct ip_h5 *f, const char *name, int first,
	struct ip_tensor *t)
{
	struct ip_tensor result = { 0 };
	size_t bytes = 0, element;
	struct set s;
	int rc;

	rc = set_numbers(f, name, &s);
	if (rc == 0) {
		element = H5Tget_size(s.type);
		rc = bytes_of(f, name, &s.head, element, &bytes);
	}
	if (rc == 0 && bytes)
		rc = check_storage(f, name, s.id, element, bytes);
	first = first && s.head.ndim && s.head.shape[s.head.ndim - 1] > 1;
	if (rc == 0 && first)
		s.head.shape[s.head.ndim - 1] = 1;
	if (rc == 0)
		rc = ip_tensor_new(&result, s.as.dtype, s.head.ndim,
			s.head.shape);
	if (rc == 0 && bytes)
		rc = transfer(f, name, &s, first, result.data);
	set_close(&s);
	if (rc == 0)
		*t = result;
	else
		ip_tensor_free(&result);
	return rc;
}

int ip_h5_read(struct ip_h5 *f, const char *name, struct ip_tensor *t)
{
	return read_numbers(f, name, 0, t);
}

int ip_h5_read_first(struct ip_h5 *f, const char *name, struct ip_tensor *t)
{
	return read_numbers(f, name, 1, t);
}

/* ---- text ---- */

/* Of n bytes that a NUL may end; IP_H5_OTHER if they are not UTF-8. */
static int take_text(const char *p, size_t n, char **text)
{
	const char *end = memchr(p, '\0', n);
	size_t len = end ? (size_t)(end - p) : n;

	if (ip_utf8_check(p, len) < len)
		return IP_H5_OTHER;
	*text = ip_alloc(len + 1);
	if (!*text)
		return IP_ENOMEM;
	memcpy(*text, p, len);
	return 0;
}

static int read_variable(struct ip_h5 *f, const char *name, const struct set *s,
	hid_t memory, char **text)
{
	char *p = NULL;
	int rc;

	if (H5Dread(s->id, s->type, memory, s->space, H5P_DEFAULT, &p) < 0)
		return ip_h5_fail(f, IP_EFORMAT, name, "cannot be read");
	rc = take_text(p ? p : "", p ? strlen(p) : 0, text);
	H5free_memory(p);
	return rc;
}

static int read_fixed(struct ip_h5 *f, const char *name, const struct set *s,
	hid_t memory, char **text)
{
	size_t n = H5Tget_size(s->type);
	char *p = ip_alloc(n + 1);
	int rc;

	if (!p)
		return IP_ENOMEM;
	rc = H5Dread(s->id, s->type, memory, s->space, H5P_DEFAULT, p) >= 0 ?
		take_text(p, n, text) :
		ip_h5_fail(f, IP_EFORMAT, name, "cannot be read");
	ip_free(p);
	return rc;
}

static int read_text(struct ip_h5 *f, const char *name, struct set *s,
	char **text)
{
	static const hsize_t from[IP_MAX_DIMS], one[IP_MAX_DIMS] =
		{ 1, 1, 1, 1, 1, 1, 1, 1 };
	size_t element = H5Tget_size(s->type), bytes = 0;
	hid_t memory;
	int rc;

	rc = H5Tget_class(s->type) == H5T_STRING ? shape_find(s->space,
		&s->head) : IP_H5_OTHER;
	if (rc == 0)
		rc = bytes_of(f, name, &s->head, element, &bytes);
	if (rc != 0 || bytes == 0)
		return rc == 0 ? IP_H5_OTHER : rc;
	rc = check_storage(f, name, s->id, element, bytes);
	if (rc < 0)
		return rc;
	if (s->head.ndim && H5Sselect_hyperslab(s->space, H5S_SELECT_SET, from,
	    NULL, one, NULL) < 0)
		return ip_h5_fail(f, IP_EFORMAT, name, "cannot be read");
	memory = H5Screate(H5S_SCALAR);
	rc = H5Tis_variable_str(s->type) > 0 ?
		read_variable(f, name, s, memory, text) :
		read_fixed(f, name, s, memory, text);
	H5Sclose(memory);
	return rc;
}

int ip_h5_text(struct ip_h5 *f, const char *name, char **text)
{
	struct set s;
	int rc;

	rc = set_open(f, name, &s);
	if (rc == 0)
		rc = read_text(f, name, &s, text);
	set_close(&s);
	return rc;
}

/* ---- attributes ---- */

static int attr_text(hid_t id, hid_t type, struct ip_attrs *a,
	const char *key)
{
	size_t n = H5Tget_size(type);
	char *p = NULL, *text = NULL;
	int rc = IP_H5_OTHER;

	if (H5Tis_variable_str(type) > 0) {
		if (H5Aread(id, type, &p) >= 0 && p)
			rc = take_text(p, strlen(p), &text);
		H5free_memory(p);
	} else {
		p = ip_alloc(n + 1);
		if (!p)
			return IP_ENOMEM;
		if (H5Aread(id, type, p) >= 0)
			rc = take_text(p, n, &text);
		ip_free(p);
	}
	if (rc == 0)
		rc = ip_attrs_text(a, key, text);
	ip_free(text);
	return rc;
}

static int attr_numbers(hid_t id, const struct type *t, size_t n,
	struct ip_attrs *a, const char *key)
{
	int real = t->dtype == IP_F32 || t->dtype == IP_F64;
	void *p = ip_alloc_array(n, 8);
	int rc = IP_H5_OTHER;

	if (!p)
		return IP_ENOMEM;
	if (t->dtype != IP_C64 && H5Aread(id, real ? H5T_NATIVE_DOUBLE :
	    H5T_NATIVE_INT64, p) >= 0)
		rc = real ? ip_attrs_f64(a, key, p, n) :
			ip_attrs_i64(a, key, p, n);
	ip_free(p);
	return rc;
}

static int attr_read(hid_t id, hid_t type, hid_t space, struct ip_attrs *a,
	const char *key)
{
	struct ip_tensor shape = { 0 };
	struct type t = { 0 };
	size_t bytes;
	int rc;

	if (shape_find(space, &shape) != 0)
		return IP_H5_OTHER;
	bytes = bytes_in(H5Tget_size(type), &shape);
	if (bytes == 0 || bytes > ATTR_MAX)
		return IP_H5_OTHER;
	if (H5Tget_class(type) == H5T_STRING)
		return ip_tensor_count(&shape) == 1 ?
			attr_text(id, type, a, key) : IP_H5_OTHER;
	rc = type_find(&t, type);
	if (rc == 0)
		rc = attr_numbers(id, &t, ip_tensor_count(&shape), a, key);
	type_free(&t);
	return rc;
}

/* One that cannot be read is as good as none: it only describes. */
int ip_h5_attr(struct ip_h5 *f, const char *object, const char *name,
	struct ip_attrs *a, const char *key)
{
	hid_t on, id = -1, type, space;
	int rc;

	rc = ip_h5_object(f, object, &on);
	if (rc != 0)
		return rc;
	if (H5Aexists(on, name) > 0)
		id = H5Aopen(on, name, H5P_DEFAULT);
	H5Oclose(on);
	if (id < 0)
		return IP_H5_OTHER;
	type = H5Aget_type(id);
	space = H5Aget_space(id);
	rc = type >= 0 && space >= 0 ? attr_read(id, type, space, a, key) :
		IP_H5_OTHER;
	if (space >= 0)
		H5Sclose(space);
	if (type >= 0)
		H5Tclose(type);
	H5Aclose(id);
	return rc;
}
