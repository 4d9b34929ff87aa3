/* Pickles that PyTorch would never write: nothing in them is ever run. */
#include <string.h>
#include "core/core.h"
#include "formats/torch.h"
#include "iphase/status.h"
#include "support/support.h"
#include "support/torch.h"

struct bytes {
	const char *p;
	size_t n;
};

#define BYTES(s) { s, sizeof s - 1 }

static int read_bytes(struct ip_pickle *p, const void *data, size_t n,
	const struct ip_pickle_object **top)
{
	ip_test_log_capture();
	return ip_pickle_read(p, "a.pkl", ip_torch_globals, data, n, top);
}

static void refused(const char *data, size_t n, int rc, const char *part)
{
	const struct ip_pickle_object *top = NULL;
	struct ip_pickle p = { 0 };
	unsigned char *copy = malloc(n);	/* so that overruns are seen */

	memcpy(copy, data, n);
	assert_int_equal(read_bytes(&p, copy, n, &top), rc);
	ip_test_assert_logged(part);
	ip_pickle_free(&p);
	free(copy);
}

static void hostile(void **state)
{
	static const struct { struct bytes b; int rc; const char *part; }
	t[] = {
		{ BYTES("\200"), IP_EFORMAT, "not a pickle" },
		{ BYTES("N."), IP_EFORMAT, "not a pickle" },
		{ BYTES("\200\1N."), IP_ENOTSUP, "protocol 1" },
		{ BYTES("\200\5N."), IP_ENOTSUP, "protocol 5" },
		{ BYTES("\200\2"), IP_ETRUNCATED, "offset 2: the pickle ends" },
		{ BYTES("\200\2K\5"), IP_ETRUNCATED,
			"offset 4: the pickle ends without a stop" },
		{ BYTES("\200\2K"), IP_ETRUNCATED,
			"offset 2: the pickle ends within an opcode" },
		{ BYTES("\200\2."), IP_EFORMAT, "offset 2: the stop" },
		{ BYTES("\200\2NN."), IP_EFORMAT, "the stop" },
		{ BYTES("\200\2N(."), IP_EFORMAT, "the stop" },
		{ BYTES("\200\2N.N"), IP_EFORMAT, "the stop" },
		/* what would run in Python */
		{ BYTES("\200\2cos\nsystem\nX\2\0\0\0ls\205R."), IP_ENOTSUP,
			"offset 2: the global 'os.system' is not" },
		{ BYTES("\200\4\214\10builtins\214\4eval\223."), IP_ENOTSUP,
			"offset 18: the global 'builtins.eval' is not" },
		{ BYTES("\200\2ctorch.storage\n_load_from_bytes\n."),
			IP_ENOTSUP, "'torch.storage._load_from_bytes'" },
		{ BYTES("\200\2ccollections\nOrderedDictX\n."), IP_ENOTSUP,
			"'collections.OrderedDictX'" },
		{ BYTES("\200\2ctorch\nFloat\0Storage\n."), IP_ENOTSUP,
			"'torch.Float?Storage'" },
		{ BYTES("\200\2c\n\n."), IP_ENOTSUP, "global '.'" },
		{ BYTES("\200\2c0123456789012345678901234567890123456789"
			"0123456789012345678901234567890123456789\nb\n."),
			IP_ENOTSUP, "global '0123456789012345678901234567890"
			"12345678901234567890123456789012.b'" },
		{ BYTES("\200\2ctorch\nFloatStorage"), IP_ETRUNCATED,
			"within an opcode" },
		{ BYTES("\200\4NN\223."), IP_EFORMAT, "no string" },
		{ BYTES("\200\4\214\1a\223."), IP_EFORMAT, "too few" },
		{ BYTES("\200\2X\1\0\0\0a)R."), IP_EFORMAT,
			"a call of a string with a tuple" },
		{ BYTES("\200\2ctorch\nFloatStorage\n)R."), IP_EFORMAT,
			"a call of 'torch.FloatStorage' with 0" },
		{ BYTES("\200\2ccollections\nOrderedDict\n]\205R."),
			IP_EFORMAT, "'collections.OrderedDict' with 1" },
		{ BYTES("\200\2ccollections\nOrderedDict\n]R."), IP_EFORMAT,
			"with a list, expected a global with a tuple" },
		{ BYTES("\200\2)R."), IP_EFORMAT, "too few" },
		{ BYTES("\200\2]}b."), IP_EFORMAT, "attributes of a list" },
		{ BYTES("\200\2}Nb."), IP_EFORMAT, "from None" },
		{ BYTES("\200\2}b."), IP_EFORMAT, "too few" },
		/* the memo */
		{ BYTES("\200\2h\0."), IP_EFORMAT, "memo 0 was never" },
		{ BYTES("\200\2Nq\1h\0."), IP_EFORMAT, "memo 0 was never" },
		{ BYTES("\200\2j\377\377\377\377."), IP_EFORMAT,
			"memo 4294967295 was never" },
		{ BYTES("\200\2Nr\377\377\377\377."), IP_EFORMAT,
			"memo 4294967295 is out of range" },
		{ BYTES("\200\2q\0."), IP_EFORMAT, "too few" },
		{ BYTES("\200\2N(\224."), IP_EFORMAT, "too few" },
		/* the stack */
		{ BYTES("\200\2N(N\206."), IP_EFORMAT, "too few" },
		{ BYTES("\200\2t."), IP_EFORMAT, "no mark" },
		{ BYTES("\200\2]e."), IP_EFORMAT, "no mark" },
		{ BYTES("\200\2]a."), IP_EFORMAT, "too few" },
		{ BYTES("\200\2(e."), IP_EFORMAT, "too few" },
		{ BYTES("\200\2Q."), IP_EFORMAT, "too few" },
		{ BYTES("\200\2}(NNNu."), IP_EFORMAT, "a key without" },
		{ BYTES("\200\2}Na."), IP_EFORMAT, "items for a dict" },
		{ BYTES("\200\2]NNs."), IP_EFORMAT, "items for a list" },
		{ BYTES("\200\2N(NNu."), IP_EFORMAT, "items for None" },
		/* sizes */
		{ BYTES("\200\2X\377\377\377\377a."), IP_ETRUNCATED,
			"a string of 4294967295 bytes" },
		{ BYTES("\200\4\215\377\377\377\377\377\377\377\377a."),
			IP_ETRUNCATED, "a string of 18446744073709551615" },
		{ BYTES("\200\2U\3a."), IP_ETRUNCATED, "a string of 3" },
		{ BYTES("\200\2U\2\377a."), IP_EFORMAT, "not UTF-8" },
		{ BYTES("\200\2\212\t123456789."), IP_ENOTSUP, "of 9 bytes" },
		{ BYTES("\200\4\225\2\0\0\0\0\0\0\0."), IP_ETRUNCATED,
			"a frame of 2 bytes" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof t / sizeof *t; i++)
		refused(t[i].b.p, t[i].b.n, t[i].rc, t[i].part);
}

/* Each opcode but those that a state_dict needs. */
static void opcodes(void **state)
{
	static const char known[] = "(.)GJKMNQRUX]abcehjqrstu}\205\206\207\210"
		"\211\212\214\215\223\224\225";
	char data[] = "\200\4NNN ........", part[40];
	int op, count = 0;

	(void)state;
	for (op = 0; op < 256; op++) {
		if (op && strchr(known, op))
			continue;
		data[5] = (char)op;
		snprintf(part, sizeof part, "offset 5: opcode 0x%02x",
			(unsigned)op);
		refused(data, sizeof data - 1, IP_ENOTSUP, part);
		count++;
	}
	assert_int_equal(count, 256 - ((int)sizeof known - 1));
}

/* Containers may hold themselves; nobody walks in there. */
static void recursion(void **state)
{
	static const char list[] = "\200\2]q\0h\0a.", dict[] =
		"\200\2}q\0(X\1\0\0\0ah\0X\1\0\0\0bh\0u.", call[] =
		"\200\2ctorch._utils\n_rebuild_parameter\n]q\0h\0\206q\1"
		"h\0h\1a0.";
	const struct ip_pickle_object *top = NULL;
	struct ip_pickle p = { 0 };

	(void)state;
	assert_int_equal(read_bytes(&p, list, sizeof list - 1, &top), 0);
	assert_int_equal(top->kind, IP_PICKLE_LIST);
	assert_ptr_equal(ip_pickle_child(&p, top, 0), top);
	ip_pickle_free(&p);
	assert_int_equal(read_bytes(&p, dict, sizeof dict - 1, &top), 0);
	assert_int_equal(top->count, 4);
	assert_ptr_equal(ip_pickle_child(&p, top, 3), top);
	ip_pickle_free(&p);
	/* POP, which only recursive tuples need */
	refused(call, sizeof call - 1, IP_ENOTSUP, "opcode 0x30");
}

/* All that may come, with its value. */
static void values(void **state)
{
	static const char data[] = "\200\4\225\21\0\0\0\0\0\0\0]\224(N\210\211"
		"K\377M\376\377J\376\377\377\377\212\0\212\1\200\212\1\100"
		"\212\5\0\0\0\0\1\212\10\0\0\0\0\0\0\0\200G\300\4\0\0\0\0\0\0U\1s\214\2\302"
		"\265X\0\0\0\0\215\1\0\0\0\0\0\0\0t)N\205NN\206NNN\207(t(NNNNt"
		"]Na]}NNs}(NNNNuh\0e.";
	static const int64_t ints[] = { 255, 65534, -2, 0, -128, 64,
		1LL << 32, INT64_MIN };
	static const unsigned counts[] = { 0, 1, 2, 3, 0, 4, 1, 0, 2, 4 };
	const struct ip_pickle_object *top = NULL, *o;
	struct ip_pickle p = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(read_bytes(&p, data, sizeof data - 1, &top), 0);
	assert_int_equal(top->kind, IP_PICKLE_LIST);
	assert_int_equal(top->count, 27);
	assert_int_equal(ip_pickle_child(&p, top, 0)->kind, IP_PICKLE_NONE);
	assert_int_equal(ip_pickle_child(&p, top, 1)->v.i, 1);
	assert_int_equal(ip_pickle_child(&p, top, 2)->v.i, 0);
	for (i = 0; i < 8; i++) {
		o = ip_pickle_child(&p, top, 3 + i);
		assert_int_equal(o->kind, IP_PICKLE_INT);
		assert_true(o->v.i == ints[i]);
	}
	o = ip_pickle_child(&p, top, 11);
	assert_true(o->kind == IP_PICKLE_FLOAT && o->v.f == -2.5);
	assert_true(ip_pickle_is(&p, ip_pickle_child(&p, top, 12), "s"));
	assert_true(ip_pickle_is(&p, ip_pickle_child(&p, top, 13),
		"\302\265"));
	assert_true(ip_pickle_is(&p, ip_pickle_child(&p, top, 14), ""));
	assert_false(ip_pickle_is(&p, ip_pickle_child(&p, top, 14), "s"));
	for (i = 0; i < 10; i++)
		assert_int_equal(ip_pickle_child(&p, top, 16 + i)->count,
			counts[i]);
	assert_ptr_equal(ip_pickle_child(&p, top, 26), top);
	ip_pickle_free(&p);
}

/* Opcodes in any order: one error or none, and never anything else. */
static void noise(void **state)
{
	static const struct bytes words[] = {
		BYTES("("), BYTES("("), BYTES("N"), BYTES("\210"), BYTES("K\1"),
		BYTES("J\377\377\377\377"), BYTES("\212\1\5"),
		BYTES("G\0\0\0\0\0\0\0\0"), BYTES("U\1a"), BYTES(")"),
		BYTES("\205"), BYTES("\206"), BYTES("\207"), BYTES("t"),
		BYTES("]"), BYTES("]"), BYTES("a"), BYTES("a"), BYTES("e"),
		BYTES("}"), BYTES("}"), BYTES("s"), BYTES("s"), BYTES("u"),
		BYTES("h\0"), BYTES("h\1"), BYTES("h\2"), BYTES("q\0"),
		BYTES("q\1"), BYTES("q\2"), BYTES("\224"), BYTES("b"),
		BYTES("Q"), BYTES("ccollections\nOrderedDict\n)R"),
		BYTES("ctorch._utils\n_rebuild_tensor_v2\n"), BYTES(")R"),
	};
	const size_t count = sizeof words / sizeof *words;
	const struct ip_pickle_object *top = NULL;
	struct ip_pickle p = { 0 };
	uint64_t s = 3;
	char data[1024];
	size_t i, n, k;
	int rc, whole = 0;

	(void)state;
	for (i = 0; i < 200000; i++) {
		memcpy(data, "\200\2", 2);
		for (n = 2, k = ip_test_random(&s) % 24; k > 0; k--) {
			const struct bytes *w = &words[ip_test_random(&s) %
				count];

			memcpy(data + n, w->p, w->n);
			n += w->n;
		}
		data[n++] = '.';
		rc = read_bytes(&p, data, n, &top);
		assert_int_equal(ip_test_log_errors(), rc < 0);
		whole += rc == 0;
		ip_pickle_free(&p);
	}
	assert_in_range(whole, 1000, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile),
		cmocka_unit_test(opcodes),
		cmocka_unit_test(recursion),
		cmocka_unit_test(values),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests_name("pickle", tests, NULL, NULL);
}
