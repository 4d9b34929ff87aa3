/* The opcodes that torch.save (protocol 2) writes, in its order. */
#include "core/core.h"
#include "formats/zip.h"
#include "support.h"
#include "torch.h"

static const struct { enum ip_dtype dtype; const char *name; } types[] = {
	{ IP_F32, "FloatStorage" }, { IP_F64, "DoubleStorage" },
	{ IP_F16, "HalfStorage" }, { IP_I64, "LongStorage" },
	{ IP_I32, "IntStorage" }, { IP_I16, "ShortStorage" },
	{ IP_I8, "CharStorage" }, { IP_U8, "ByteStorage" },
};

#define TYPES (sizeof types / sizeof *types)
#define BATCH 1000	/* items between a mark and SETITEMS */

void ip_test_pickle_put(struct ip_test_pickle *k, const void *p, size_t n)
{
	if (k->n + n > k->room) {
		k->room = 2 * (k->n + n);
		k->p = realloc(k->p, k->room);
		assert_non_null(k->p);
	}
	memcpy(k->p + k->n, p, n);
	k->n += n;
}

void ip_test_pickle_puts(struct ip_test_pickle *k, const char *s)
{
	ip_test_pickle_put(k, s, strlen(s));
}

/* An opcode and a number of n bytes, the lowest first. */
static void put_number(struct ip_test_pickle *k, int op, uint64_t v, int n)
{
	unsigned char b[9];
	int i;

	b[0] = (unsigned char)op;
	for (i = 0; i < n; i++)
		b[1 + i] = (unsigned char)(v >> 8 * i);
	ip_test_pickle_put(k, b, (size_t)n + 1);
}

static void put_memo(struct ip_test_pickle *k)
{
	put_number(k, k->memo < 256 ? 'q' : 'r', k->memo, k->memo < 256 ? 1 :
		4);
	k->memo++;
}

/* Fetch what has number *memo - 1, or say that it has to be made. */
static int known(struct ip_test_pickle *k, unsigned *memo)
{
	if (!*memo) {
		*memo = k->memo + 1;
		return 0;
	}
	put_number(k, *memo <= 256 ? 'h' : 'j', *memo - 1, *memo <= 256 ? 1 :
		4);
	return 1;
}

void ip_test_pickle_text(struct ip_test_pickle *k, const char *s)
{
	put_number(k, 'X', strlen(s), 4);
	ip_test_pickle_puts(k, s);
	put_memo(k);
}

static void put_text_once(struct ip_test_pickle *k, unsigned *memo,
	const char *s)
{
	if (!known(k, memo))
		ip_test_pickle_text(k, s);
}

static void put_global(struct ip_test_pickle *k, unsigned *memo,
	const char *lines)
{
	if (known(k, memo))
		return;
	ip_test_pickle_puts(k, "c");
	ip_test_pickle_puts(k, lines);
	put_memo(k);
}

void ip_test_pickle_int(struct ip_test_pickle *k, int64_t v)
{
	unsigned char b[10] = { 0x8a, 1 };
	int i;

	if (v >= 0 && v < 256) {
		put_number(k, 'K', (uint64_t)v, 1);
	} else if (v >= 0 && v < 65536) {
		put_number(k, 'M', (uint64_t)v, 2);
	} else if (v >= INT32_MIN && v <= INT32_MAX) {
		put_number(k, 'J', (uint64_t)v, 4);
	} else {
		while (b[1] < 8 && (v < 0 ? ~v : v) >> (8 * b[1] - 1))
			b[1]++;
		for (i = 0; i < b[1]; i++)
			b[2 + i] = (unsigned char)((uint64_t)v >> 8 * i);
		ip_test_pickle_put(k, b, 2 + (size_t)b[1]);
	}
}

void ip_test_pickle_ints(struct ip_test_pickle *k, const int64_t *v, int n)
{
	static const char *const ends[] = { ")", "\205", "\206", "\207" };
	int i;

	if (n > 3)
		ip_test_pickle_puts(k, "(");
	for (i = 0; i < n; i++)
		ip_test_pickle_int(k, v[i]);
	ip_test_pickle_puts(k, n > 3 ? "t" : ends[n]);
	if (n)
		put_memo(k);
}

void ip_test_pickle_ordered_dict(struct ip_test_pickle *k)
{
	put_global(k, &k->dict, "collections\nOrderedDict\n");
	ip_test_pickle_puts(k, ")R");
	put_memo(k);
}

void ip_test_pickle_begin(struct ip_test_pickle *k)
{
	ip_test_pickle_puts(k, "\200\2");
}

static void put_type(struct ip_test_pickle *k, const char *type)
{
	unsigned other = 0, *memo = &other;
	char line[64];
	size_t i;

	for (i = 0; i < TYPES; i++)
		if (strcmp(types[i].name, type) == 0)
			memo = &k->types[i];
	snprintf(line, sizeof line, "torch\n%s\n", type);
	put_global(k, memo, line);
}

void ip_test_pickle_tensor(struct ip_test_pickle *k,
	const struct ip_test_torch_tensor *t)
{
	put_global(k, &k->rebuild, "torch._utils\n_rebuild_tensor_v2\n");
	ip_test_pickle_puts(k, "((");
	put_text_once(k, &k->storage, "storage");
	put_type(k, t->type);
	ip_test_pickle_text(k, t->key);
	put_text_once(k, &k->cpu, "cpu");
	ip_test_pickle_int(k, t->count);
	ip_test_pickle_puts(k, "t");
	put_memo(k);
	ip_test_pickle_puts(k, "Q");
	ip_test_pickle_int(k, t->offset);
	ip_test_pickle_ints(k, t->size, t->ndim);
	ip_test_pickle_ints(k, t->stride, t->ndim);
	ip_test_pickle_puts(k, "\211");
	ip_test_pickle_ordered_dict(k);
	ip_test_pickle_puts(k, "t");
	put_memo(k);
	ip_test_pickle_puts(k, "R");
	put_memo(k);
}

/* Tensor i of b as it lies in its storage, the whole of it. */
static void put_item(struct ip_test_pickle *k, const struct ip_bundle *b,
	size_t i, const char *prefix)
{
	const struct ip_tensor *t = &b->items[i].tensor;
	struct ip_test_torch_tensor x = { 0 };
	char name[256], key[24];
	size_t j;
	int d;

	for (j = 0; j < TYPES && types[j].dtype != t->dtype; j++)
		;
	assert_true(j < TYPES);
	snprintf(name, sizeof name, "%s%s", prefix, b->items[i].name);
	snprintf(key, sizeof key, "%zu", i);
	x.type = types[j].name;
	x.key = key;
	x.count = (int64_t)ip_tensor_count(t);
	x.ndim = t->ndim;
	for (d = 0; d < t->ndim; d++) {
		x.size[d] = (int64_t)t->shape[d];
		x.stride[d] = (int64_t)t->stride[d];
	}
	ip_test_pickle_text(k, name);
	ip_test_pickle_tensor(k, &x);
}

static void put_state(struct ip_test_pickle *k, const struct ip_bundle *b,
	const char *prefix)
{
	size_t i;

	ip_test_pickle_ordered_dict(k);
	for (i = 0; i < b->count; i++) {
		if (i % BATCH == 0 && b->count - i > 1)
			ip_test_pickle_puts(k, "(");
		put_item(k, b, i, prefix);
		if (i % BATCH == BATCH - 1 || i == b->count - 1)
			ip_test_pickle_puts(k, i % BATCH ? "u" : "s");
	}
}

static void put_member(struct ip_zip_writer *w, const char *name,
	const void *p, size_t n, int compress)
{
	char member[64];
	struct ip_sink s;

	snprintf(member, sizeof member, "model/%s", name);
	assert_int_equal(ip_zip_member(w, member, n, compress, &s), 0);
	assert_int_equal(n ? s.write(&s, p, n) : 0, 0);
}

void ip_test_torch_archive(const char *path, const struct ip_test_pickle *k,
	const struct ip_bundle *b, const char *byteorder, int compress)
{
	const struct ip_tensor *t;
	struct ip_zip_writer *w;
	struct ip_outfile *o;
	char name[32];
	size_t i;

	assert_int_equal(ip_outfile_open(&o, path), 0);
	assert_int_equal(ip_zip_create(&w, o, 0), 0);
	put_member(w, "data.pkl", k->p, k->n, compress);
	if (byteorder)
		put_member(w, "byteorder", byteorder, strlen(byteorder), 0);
	for (i = 0; b && i < b->count; i++) {
		t = &b->items[i].tensor;
		snprintf(name, sizeof name, "data/%zu", i);
		put_member(w, name, t->data, ip_tensor_count(t) *
			ip_dtype_size(t->dtype), compress);
	}
	put_member(w, "version", "3\n", 2, 0);
	assert_int_equal(ip_zip_end(w), 0);
	assert_int_equal(ip_outfile_commit(o), 0);
}

void ip_test_torch_write(const char *path, const struct ip_bundle *b,
	const char *prefix, int wrapped)
{
	struct ip_test_pickle k = { 0 };

	ip_test_pickle_begin(&k);
	if (wrapped) {
		ip_test_pickle_puts(&k, "}");
		put_memo(&k);
		ip_test_pickle_puts(&k, "(");
		ip_test_pickle_text(&k, "epoch");
		ip_test_pickle_int(&k, 7);
		ip_test_pickle_text(&k, "state_dict");
	}
	put_state(&k, b, prefix);
	if (wrapped) {
		ip_test_pickle_text(&k, "best");
		ip_test_pickle_put(&k, "G\77\300\0\0\0\0\0\0", 9);
		ip_test_pickle_puts(&k, "u");
	}
	ip_test_pickle_puts(&k, ".");
	ip_test_torch_archive(path, &k, b, NULL, 0);
	free(k.p);
}

void ip_test_torch_storages(struct ip_bundle *b)
{
	const size_t n = 24, m = 3;
	struct ip_tensor t = { 0 };
	size_t i;

	assert_int_equal(ip_tensor_new(&t, IP_F32, 1, &n), 0);
	for (i = 0; i < n; i++)
		((float *)t.data)[i] = (float)i;
	assert_int_equal(ip_bundle_add(b, "0", &t, NULL), 0);
	assert_int_equal(ip_tensor_new(&t, IP_U8, 1, &m), 0);
	assert_int_equal(ip_bundle_add(b, "1", &t, NULL), 0);
}

void ip_test_torch_items(const char *path, const struct ip_test_pickle *items)
{
	struct ip_test_pickle k = { 0 };
	struct ip_bundle b = { 0 };

	ip_test_torch_storages(&b);
	ip_test_pickle_begin(&k);
	ip_test_pickle_puts(&k, "}(");
	ip_test_pickle_put(&k, items->p, items->n);
	ip_test_pickle_puts(&k, "u.");
	ip_test_torch_archive(path, &k, &b, "little", 0);
	ip_bundle_free(&b);
	free(k.p);
}

void ip_test_torch_tensor(const char *path,
	const struct ip_test_torch_tensor *t)
{
	struct ip_test_pickle k = { 0 };

	ip_test_pickle_text(&k, "w");
	ip_test_pickle_tensor(&k, t);
	ip_test_torch_items(path, &k);
	free(k.p);
}
