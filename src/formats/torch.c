/* PyTorch's checkpoints: a zip archive of a pickle and its storages. */
#include <string.h>
#include <iphase/formats.h>
#include "../core/core.h"
#include "bytes.h"
#include "pickle.h"
#include "torch.h"
#include "zip.h"

/* As many bytes as a state_dict with all members of an archive may need. */
#define PICKLE_MAX (16u << 20)
#define TENSORS_MAX 16384u	/* names are compared pairwise */
/* Views may overlap; together they get no larger than deflate could be. */
#define GROWTH_MAX 1032u

struct checkpoint {
	struct ip_zip *zip;
	char *prefix;		/* "NAME/" of all members */
	char *what;		/* "FILE: NAME/data.pkl", for messages */
	unsigned char *data;	/* the pickle's bytes */
	struct ip_pickle pickle;
	struct ip_torch_entry *entries;
	size_t count;
};

/* ---- members ---- */

/* Index of member prefix + name, or the number of members. */
static size_t find(const struct checkpoint *c, const char *name, size_t n)
{
	size_t m = strlen(c->prefix), i;
	const char *s;

	for (i = 0; i < c->zip->count; i++) {
		s = c->zip->entries[i].name;
		if (strncmp(s, c->prefix, m) == 0 && strlen(s + m) == n &&
		    memcmp(s + m, name, n) == 0)
			break;
	}
	return i;
}

/* The whole member i into memory of just its size. */
static int read_member(struct checkpoint *c, size_t i, void *data)
{
	const struct ip_zip_entry *e = &c->zip->entries[i];
	struct ip_source s = { 0 };
	char *what = ip_format("%s: member '%s'", c->zip->path, e->name);
	int rc;

	if (!what)
		return IP_ENOMEM;
	rc = ip_zip_begin(c->zip, i, what, &s);
	if (rc == 0)
		rc = s.read(&s, data, (size_t)e->size);
	if (rc == 0)
		rc = ip_zip_finish(&s);
	ip_zip_drop(&s);
	ip_free(what);
	return rc;
}

/* The folder that data.pkl is in. */
static int find_prefix(struct checkpoint *c)
{
	static const char end[] = "/data.pkl";
	const size_t n = sizeof end - 1;
	const char *name;
	size_t i, m;

	for (i = 0; i < c->zip->count; i++) {
		name = c->zip->entries[i].name;
		m = strlen(name);
		if (m <= n || strcmp(name + m - n, end) != 0)
			continue;
		if (c->prefix)
			return ip_fail(IP_EFORMAT, "%s: more than one"
				" data.pkl", c->zip->path);
		c->prefix = ip_format("%.*s/", (int)(m - n), name);
		if (!c->prefix)
			return IP_ENOMEM;
	}
	if (!c->prefix)
		return ip_fail(IP_EFORMAT, "%s: no PyTorch checkpoint: the"
			" archive has no data.pkl", c->zip->path);
	return 0;
}

/* Absent before PyTorch 2.1; nearly all machines were little-endian. */
static int check_byteorder(struct checkpoint *c)
{
	size_t i = find(c, "byteorder", 9);
	char order[8] = "";
	int rc;

	if (i == c->zip->count)
		return 0;
	if (c->zip->entries[i].size >= sizeof order)
		return ip_fail(IP_EFORMAT, "%s: member '%s' is neither"
			" 'little' nor 'big'", c->zip->path,
			c->zip->entries[i].name);
	rc = read_member(c, i, order);
	if (rc < 0)
		return rc;
	if (strcmp(order, "big") == 0)
		return ip_fail(IP_ENOTSUP, "%s: numbers are big-endian; save"
			" it again on a little-endian machine", c->zip->path);
	if (strcmp(order, "little") != 0)
		return ip_fail(IP_EFORMAT, "%s: member '%s' is neither"
			" 'little' nor 'big'", c->zip->path,
			c->zip->entries[i].name);
	return 0;
}

static int open_checkpoint(struct checkpoint *c, const char *path)
{
	int rc;

	rc = ip_zip_open(&c->zip, path);
	if (rc == 0)
		rc = find_prefix(c);
	if (rc < 0)
		return rc;
	if (find(c, "constants.pkl", 13) < c->zip->count)
		return ip_fail(IP_ENOTSUP, "%s: a TorchScript archive; convert"
			" it by torch.save(torch.jit.load(IN).state_dict(),"
			" OUT)", path);
	c->what = ip_format("%s: %sdata.pkl", path, c->prefix);
	return c->what ? check_byteorder(c) : IP_ENOMEM;
}

/* ---- the pickle ---- */

static int read_pickle(struct checkpoint *c,
	const struct ip_pickle_object **top)
{
	size_t i = find(c, "data.pkl", 8);
	uint64_t size = c->zip->entries[i].size;
	int rc;

	if (size > PICKLE_MAX)
		return ip_fail(IP_ELIMIT, "%s: a pickle of %llu bytes, at most"
			" %u can be read", c->what, (unsigned long long)size,
			PICKLE_MAX);
	c->data = ip_alloc((size_t)size);
	if (!c->data)
		return IP_ENOMEM;
	rc = read_member(c, i, c->data);
	return rc < 0 ? rc : ip_pickle_read(&c->pickle, c->what,
		ip_torch_globals, c->data, (size_t)size, top);
}

/* The dict of tensors in what was saved. */
static int find_state(const struct checkpoint *c,
	const struct ip_pickle_object *top,
	const struct ip_pickle_object **state)
{
	size_t i;

	*state = top;
	for (i = 0; top->kind == IP_PICKLE_DICT && i < top->count; i += 2)
		if (ip_pickle_is(&c->pickle, ip_pickle_child(&c->pickle, top,
		    i), "state_dict"))
			*state = ip_pickle_child(&c->pickle, top, i + 1);
	if ((*state)->kind != IP_PICKLE_DICT)
		return ip_fail(IP_EFORMAT, "%s: %s, expected a state_dict: a"
			" dict of tensors", c->what,
			ip_pickle_kind_name((*state)->kind));
	return 0;
}

static int get_name(const struct checkpoint *c,
	const struct ip_pickle_object *key, char **name)
{
	const unsigned char *s = c->data + key->v.at;

	if (key->kind != IP_PICKLE_STRING)
		return ip_fail(IP_EFORMAT, "%s: %s as the name of a tensor,"
			" expected a string", c->what,
			ip_pickle_kind_name(key->kind));
	if (key->count == 0 || memchr(s, 0, key->count))
		return ip_fail(IP_EFORMAT, "%s: the name of a tensor is empty"
			" or holds a byte 0", c->what);
	*name = ip_format("%.*s", (int)key->count, (const char *)s);
	return *name ? 0 : IP_ENOMEM;
}

static int get_entries(struct checkpoint *c,
	const struct ip_pickle_object *state)
{
	struct ip_torch_entry *e;
	size_t i, k;
	int rc;

	if (state->count / 2 > TENSORS_MAX)
		return ip_fail(IP_ELIMIT, "%s: %u tensors, at most %u can be"
			" read", c->what, state->count / 2, TENSORS_MAX);
	c->entries = ip_alloc_array(state->count / 2, sizeof *c->entries);
	if (!c->entries)
		return IP_ENOMEM;
	for (i = 0; i < state->count; i += 2) {
		e = &c->entries[c->count++];
		rc = get_name(c, ip_pickle_child(&c->pickle, state, i),
			&e->name);
		for (k = 0; rc == 0 && k + 1 < c->count; k++)
			if (strcmp(c->entries[k].name, e->name) == 0)
				rc = ip_fail(IP_EFORMAT, "%s: two tensors are"
					" called '%s'", c->what, e->name);
		if (rc == 0)
			rc = ip_torch_describe(&c->pickle,
				ip_pickle_child(&c->pickle, state, i + 1), e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* All tensors together, before memory is taken for one. */
static int check_total(const struct checkpoint *c)
{
	uint64_t room = c->zip->size * GROWTH_MAX, n;
	size_t i;

	for (i = 0; i < c->count; i++) {
		n = c->entries[i].count *
			ip_dtype_size(c->entries[i].type->dtype);
		if (n > room)
			return ip_fail(IP_ELIMIT, "%s: the tensors together"
				" take more than %u times the file; save"
				" contiguous copies", c->what, GROWTH_MAX);
		room -= n;
	}
	return 0;
}

/* ---- storages ---- */

static int same_storage(const struct ip_torch_entry *a,
	const struct ip_torch_entry *b)
{
	return a->key_length == b->key_length &&
		memcmp(a->key, b->key, a->key_length) == 0;
}

static int load_storage(struct checkpoint *c, const struct ip_torch_entry *e,
	struct ip_tensor *t)
{
	size_t word = ip_dtype_size(e->type->dtype), n, i;
	char *name;
	int rc;

	name = ip_format("data/%.*s", (int)e->key_length, (const char *)e->key);
	if (!name)
		return IP_ENOMEM;
	i = find(c, name, strlen(name));
	ip_free(name);
	if (i == c->zip->count)
		return ip_fail(IP_EFORMAT, "%s: the storage of tensor '%s' is"
			" not in the archive", c->what, e->name);
	if (ip_mul_size(e->storage_count, word, &n) ||
	    c->zip->entries[i].size != n)
		return ip_fail(IP_EFORMAT, "%s: tensor '%s': member '%s' has"
			" %llu bytes, expected %zu elements of %zu bytes",
			c->what, e->name, c->zip->entries[i].name,
			(unsigned long long)c->zip->entries[i].size,
			e->storage_count, word);
	rc = ip_tensor_new(t, e->type->dtype, 1, &e->storage_count);
	if (rc == 0)
		rc = read_member(c, i, t->data);
	if (rc == 0 && !host_little())
		swap_words(t->data, e->storage_count, word);
	if (rc == 0 && e->type->bfloat)
		rc = ip_bfloat_widen(t);
	return rc;
}

/* A contiguous copy of what e is of the storage. */
static int extract(struct ip_torch_entry *e, const struct ip_tensor *storage)
{
	struct ip_tensor view = *storage;
	int d;

	view.owner = NULL;
	view.ndim = e->ndim;
	for (d = 0; d < e->ndim; d++) {
		view.shape[d] = e->shape[d];
		view.stride[d] = (ptrdiff_t)e->stride[d];
	}
	if (e->count == 0)
		return ip_tensor_new(&e->tensor, view.dtype, e->ndim,
			e->shape);
	view.data = (char *)view.data +
		e->offset * ip_dtype_size(view.dtype);
	return ip_tensor_convert(&e->tensor, view.dtype, &view);
}

/* Each storage is read once, for all of its tensors. */
static int load_tensors(struct checkpoint *c)
{
	struct ip_tensor storage = { 0 };
	struct ip_torch_entry *e, *f, *end = c->entries + c->count;
	int rc = 0;

	for (e = c->entries; e < end && rc == 0; e++) {
		if (e->tensor.data)
			continue;
		rc = load_storage(c, e, &storage);
		for (f = e; f < end && rc == 0; f++) {
			if (!same_storage(e, f))
				continue;
			if (f->type != e->type ||
			    f->storage_count != e->storage_count)
				rc = ip_fail(IP_EFORMAT, "%s: tensors '%s' and"
					" '%s' share a storage but not its type"
					" or size", c->what, e->name, f->name);
			else
				rc = extract(f, &storage);
		}
		ip_tensor_free(&storage);
	}
	return rc;
}

/* ---- files ---- */

/* The number that torch.save began with before there were archives. */
static int check_legacy(const char *path)
{
	static const unsigned char magic[] = { 0x80, 2, 0x8a, 10, 0x6c, 0xfc,
		0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };
	unsigned char head[sizeof magic];
	uint64_t size;
	FILE *f;
	int rc;

	rc = ip_input_open(&f, &size, path);
	if (rc < 0)
		return rc;
	if (size >= sizeof head)
		rc = ip_input_read(f, path, 0, head, sizeof head);
	fclose(f);
	if (rc == 0 && size >= sizeof head &&
	    memcmp(head, magic, sizeof magic) == 0)
		rc = ip_fail(IP_ENOTSUP, "%s: a checkpoint of PyTorch before"
			" 1.6; convert it by torch.save(torch.load(IN), OUT)",
			path);
	return rc;
}

static void close_checkpoint(struct checkpoint *c)
{
	size_t i;

	for (i = 0; i < c->count; i++) {
		ip_free(c->entries[i].name);
		ip_tensor_free(&c->entries[i].tensor);
	}
	ip_free(c->entries);
	ip_pickle_free(&c->pickle);
	ip_free(c->data);
	ip_free(c->what);
	ip_free(c->prefix);
	ip_zip_close(c->zip);
}

int ip_torch_read(const char *path, struct ip_bundle *b)
{
	const struct ip_pickle_object *top, *state;
	struct checkpoint c = { 0 };
	struct ip_bundle r = { 0 };
	size_t i;
	int rc;

	rc = check_legacy(path);
	if (rc == 0)
		rc = open_checkpoint(&c, path);
	if (rc == 0)
		rc = read_pickle(&c, &top);
	if (rc == 0)
		rc = find_state(&c, top, &state);
	if (rc == 0)
		rc = get_entries(&c, state);
	if (rc == 0)
		rc = check_total(&c);
	if (rc == 0)
		rc = load_tensors(&c);
	for (i = 0; i < c.count && rc == 0; i++)
		rc = ip_bundle_add(&r, c.entries[i].name,
			&c.entries[i].tensor, NULL);
	close_checkpoint(&c);
	if (rc < 0)
		ip_bundle_free(&r);
	else
		*b = r;
	return rc;
}

int ip_torch_is(const char *path, int *yes)
{
	static const char end[] = "/data.pkl";
	const size_t m = sizeof end - 1;
	struct ip_zip *z;
	size_t i, n;
	int rc = ip_zip_open(&z, path);

	*yes = 0;
	if (rc < 0)
		return rc;
	for (i = 0; i < z->count; i++) {
		n = strlen(z->entries[i].name);
		*yes |= n >= m && strcmp(z->entries[i].name + n - m, end) == 0;
	}
	ip_zip_close(z);
	return 0;
}
