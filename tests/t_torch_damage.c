/* PyTorch's checkpoints that no PyTorch has written: each is refused. */
#include "core/core.h"
#include "formats/zip.h"
#include "iphase/formats.h"
#include "iphase/status.h"
#include "support/formats.h"
#include "support/support.h"
#include "support/torch.h"

static void refused(const char *path, int rc, const char *part)
{
	ip_test_reader_refuses(ip_torch_read, path, rc, part);
}

static void bad_tensors(void **state)
{
	static const struct {
		struct ip_test_torch_tensor t;
		int rc;
		const char *part;
	} list[] = {
		/* past the storage, by one and by very much */
		{ { "FloatStorage", "0", 24, 1, 1, { 24 }, { 1 } }, IP_EFORMAT,
			"'w' reaches past the 24 elements" },
		{ { "FloatStorage", "0", 24, 0, 2, { 2, 5 }, { 20, 1 } },
			IP_EFORMAT, "reaches past" },
		{ { "FloatStorage", "0", 24, 24, 0, { 0 }, { 0 } },
			IP_EFORMAT, "reaches past" },
		{ { "FloatStorage", "0", 24, INT64_MAX, 1, { 2 },
			{ INT64_MAX } }, IP_EFORMAT, "reaches past" },
		{ { "FloatStorage", "0", 24, 0, 2, { INT64_MAX, INT64_MAX },
			{ 1, 0 } }, IP_EFORMAT, "reaches past" },
		{ { "FloatStorage", "0", 24, 0, 3, { 1LL << 31, 1LL << 31,
			4 }, { 0, 0, 0 } }, IP_EFORMAT, "reaches past" },
		{ { "FloatStorage", "0", 24, 0, 1, { INT64_MAX }, { 0 } },
			IP_EFORMAT, "reaches past" },
		/* negative */
		{ { "FloatStorage", "0", 24, -1, 1, { 2 }, { 1 } }, IP_EFORMAT,
			"its place in the storage is negative" },
		{ { "FloatStorage", "0", 24, 3, 1, { 2 }, { -1 } }, IP_EFORMAT,
			"a size or stride is negative" },
		{ { "FloatStorage", "0", 24, 0, 2, { -1, -1 }, { 1, 1 } },
			IP_EFORMAT, "a size or stride is negative" },
		{ { "FloatStorage", "0", -24, 0, 1, { 2 }, { 1 } }, IP_EFORMAT,
			"size of its storage" },
		{ { "FloatStorage", "0", 24, 0, 9, { 1, 1, 1, 1, 1, 1, 1, 1,
			1 }, { 1, 1, 1, 1, 1, 1, 1, 1, 1 } }, IP_ENOTSUP,
			"9 dimensions" },
		/* more memory than the file can mean */
		{ { "FloatStorage", "0", 24, 0, 1, { 1LL << 40 }, { 0 } },
			IP_ELIMIT, "more than 1032 times the file" },
		/* another storage than there is */
		{ { "FloatStorage", "0", 25, 0, 1, { 2 }, { 1 } }, IP_EFORMAT,
			"96 bytes, expected 25 elements of 4" },
		{ { "FloatStorage", "0", 23, 0, 1, { 2 }, { 1 } }, IP_EFORMAT,
			"96 bytes, expected 23" },
		{ { "FloatStorage", "0", INT64_MAX, 0, 1, { 2 }, { 1 } },
			IP_EFORMAT, "96 bytes" },
		{ { "FloatStorage", "0", 1LL << 40, 0, 1, { 2 }, { 1 } },
			IP_EFORMAT, "96 bytes" },
		{ { "DoubleStorage", "0", 24, 0, 1, { 2 }, { 1 } }, IP_EFORMAT,
			"expected 24 elements of 8" },
		{ { "FloatStorage", "2", 24, 0, 1, { 2 }, { 1 } }, IP_EFORMAT,
			"is not in the archive" },
		{ { "FloatStorage", "", 24, 0, 1, { 2 }, { 1 } }, IP_EFORMAT,
			"the name or size of its storage" },
		{ { "FloatStorage", "../data.pkl", 24, 0, 1, { 2 }, { 1 } },
			IP_EFORMAT, "is not in the archive" },
		{ { "ComplexFloatStorage", "0", 12, 0, 1, { 2 }, { 1 } },
			IP_ENOTSUP, "'torch.ComplexFloatStorage'" },
	};
	const char *path = ip_test_tmp("t.pt");
	size_t i;

	(void)state;
	for (i = 0; i < sizeof list / sizeof *list; i++) {
		ip_test_torch_tensor(path, &list[i].t);
		refused(path, list[i].rc, list[i].part);
	}
}

/* Items of the dict that are no named tensors. */
static void bad_items(void **state)
{
#define W "X\1\0\0\0w"
#define REBUILD W "ctorch._utils\n_rebuild_tensor_v2\n"
#define STORAGE "(X\7\0\0\0storagectorch\nFloatStorage\nU\0010U\3cpuK\30tQ"
	static const struct { const char *p; size_t n; int rc;
		const char *part; } list[] = {
#define ITEM(s, rc, part) { s, sizeof s - 1, rc, part }
		ITEM(W "N", IP_EFORMAT, "'w' is None, expected a tensor"),
		ITEM(W "K\1", IP_EFORMAT, "'w' is an integer"),
		ITEM(W "}q\0(" W "h\0u", IP_EFORMAT, "'w' is a dict"),
		ITEM("X\12\0\0\0state_dict]", IP_EFORMAT,
			"a list, expected a state_dict"),
		ITEM("X\12\0\0\0state_dict]q\0h\0a", IP_EFORMAT,
			"a list, expected a state_dict"),
		ITEM("NN", IP_EFORMAT, "None as the name"),
		ITEM("X\0\0\0\0N", IP_EFORMAT, "is empty or holds"),
		ITEM("X\2\0\0\0a\0N", IP_EFORMAT, "is empty or holds"),
		ITEM(REBUILD ")R", IP_EFORMAT, "a wrong number"),
		ITEM(REBUILD "(NK\0)))NR", IP_EFORMAT, "None"),
		ITEM(REBUILD "(NK\0))\211NtR", IP_EFORMAT, "no storage"),
		ITEM(REBUILD "(NQK\0))\211NtR", IP_EFORMAT, "no storage"),
		ITEM(REBUILD "()QK\0))\211NtR", IP_EFORMAT, "no storage"),
		ITEM(REBUILD "((NNNNNtQK\0))\211NtR", IP_EFORMAT,
			"no storage"),
		ITEM(REBUILD "((U\7storageNNNNtQK\0))\211NtR", IP_EFORMAT,
			"the type of its storage"),
		ITEM(REBUILD "((U\7storageccollections\nOrderedDict\nU\0010U"
			"\3cpuK\30tQK\0))\211NtR", IP_EFORMAT,
			"the type of its storage"),
		ITEM(REBUILD "((U\7storagectorch\nFloatStorage\nK\1NK\30tQK\0"
			"))\211NtR", IP_EFORMAT, "the name or size"),
		ITEM(REBUILD "(" STORAGE "N))\211NtR", IP_EFORMAT,
			"its place in the storage"),
		ITEM(REBUILD "(" STORAGE "K\0]]\211NtR", IP_EFORMAT,
			"two tuples"),
		ITEM(REBUILD "(" STORAGE "K\0K\1\205)\211NtR", IP_EFORMAT,
			"two tuples"),
		ITEM(REBUILD "(" STORAGE "K\0N\205K\1\205\211NtR", IP_EFORMAT,
			"a size or stride"),
		ITEM(REBUILD "(" STORAGE "K\0))\211N}U\4conj\210stR",
			IP_EFORMAT, "has metadata"),
		ITEM(REBUILD "(" STORAGE "K\0))\211N}tR" REBUILD "(" STORAGE
			"K\0))\211NNtR", IP_EFORMAT,
			"two tensors are called 'w'"),
		/* a call of a call */
		ITEM(W "ctorch._utils\n_rebuild_parameter\nq\0h\0N\211N\207R"
			"\211N\207R", IP_EFORMAT, "'w' is a call"),
		/* what one storage is said to be */
		ITEM(REBUILD "(" STORAGE "K\0))\211NtRX\1\0\0\0vctorch._utils"
			"\n_rebuild_tensor_v2\n((U\7storagectorch\nIntStorage"
			"\nU\0010U\3cpuK\30tQK\0))\211NtR", IP_EFORMAT,
			"'w' and 'v' share a storage but not"),
	};
	const char *path = ip_test_tmp("i.pt");
	struct ip_test_pickle k = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof list / sizeof *list; i++) {
		k.n = 0;
		ip_test_pickle_put(&k, list[i].p, list[i].n);
		ip_test_torch_items(path, &k);
		refused(path, list[i].rc, list[i].part);
	}
	free(k.p);
}

/* ---- archives ---- */

/* The pickle of an empty dict, followed by n bytes c. */
static void write_long(const char *path, size_t n, int c)
{
	struct ip_test_pickle k = { 0 };
	char *fill = malloc(n);

	memset(fill, c, n);
	ip_test_pickle_puts(&k, "\200\2}");
	ip_test_pickle_put(&k, fill, n);
	ip_test_torch_archive(path, &k, NULL, NULL, 1);
	free(fill);
	free(k.p);
}

/* An archive of empty members, the names ended by NULL. */
static void write_members(const char *path, const char *const *names)
{
	struct ip_zip_writer *w;
	struct ip_outfile *o;
	struct ip_sink s;

	assert_int_equal(ip_outfile_open(&o, path), 0);
	assert_int_equal(ip_zip_create(&w, o, 0), 0);
	for (; *names; names++)
		assert_int_equal(ip_zip_member(w, *names, 0, 0, &s), 0);
	assert_int_equal(ip_zip_end(w), 0);
	assert_int_equal(ip_outfile_commit(o), 0);
}

static void bad_archives(void **state)
{
	static const char *const script[] = { "m/data.pkl", "m/constants.pkl",
		NULL }, *const two[] = { "a/data.pkl", "b/data.pkl", NULL },
		*const none[] = { "data.pkl", "x/data.pkl.npy", NULL };
	static const char legacy[] = "\200\2\212\nl\374\234F\371 j\250P\31."
		"\200\2M\351\3.";
	const char *path = ip_test_tmp("z.pt");
	struct ip_test_pickle k = { 0 };
	size_t i;

	(void)state;
	refused(ip_test_src("tests/golden/model_weights.npz"), IP_EFORMAT,
		"no PyTorch checkpoint: the archive has no data.pkl");
	write_members(path, none);
	refused(path, IP_EFORMAT, "no data.pkl");
	write_members(path, two);
	refused(path, IP_EFORMAT, "more than one data.pkl");
	write_members(path, script);
	refused(path, IP_ENOTSUP, "torch.jit.load(IN).state_dict()");
	ip_test_write(path, legacy, sizeof legacy - 1);
	refused(path, IP_ENOTSUP, "torch.save(torch.load(IN), OUT)");
	ip_test_write(path, legacy, 4);
	refused(path, IP_ETRUNCATED, "no end record");
	/* byte orders */
	ip_test_pickle_puts(&k, "\200\2}.");
	ip_test_torch_archive(path, &k, NULL, "big", 0);
	refused(path, IP_ENOTSUP, "big-endian");
	ip_test_torch_archive(path, &k, NULL, "middle", 0);
	refused(path, IP_EFORMAT, "neither 'little' nor 'big'");
	ip_test_torch_archive(path, &k, NULL, "littlest", 0);
	refused(path, IP_EFORMAT, "neither 'little' nor 'big'");
	/* one tensor too many */
	k.n = 0;
	ip_test_pickle_puts(&k, "\200\2}(");
	for (i = 0; i < 16385; i++)
		ip_test_pickle_put(&k, "U\1aN", 4);
	ip_test_pickle_puts(&k, "u.");
	ip_test_torch_archive(path, &k, NULL, NULL, 0);
	refused(path, IP_ELIMIT, "16385 tensors, at most 16384");
	/* a few kB that unpack to much */
	write_long(path, (16u << 20) - 2, 'N');
	refused(path, IP_ELIMIT, "a pickle of 16777217 bytes, at most");
	write_long(path, 1u << 23, ']');
	refused(path, IP_ELIMIT, "more than 4194304 objects");
	free(k.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_tensors),
		cmocka_unit_test(bad_items),
		cmocka_unit_test(bad_archives),
	};

	return cmocka_run_group_tests_name("torch_damage", tests, NULL, NULL);
}
