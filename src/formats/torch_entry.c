/* A tensor as a pickle of PyTorch's describes it. */
#include <string.h>
#include "../core/core.h"
#include "torch.h"

enum { REBUILD_TENSOR = -1, REBUILD_PARAMETER = -2, ORDERED_DICT = -3 };

static const struct ip_torch_type types[] = {
	{ "FloatStorage", IP_F32, 0 }, { "DoubleStorage", IP_F64, 0 },
	{ "HalfStorage", IP_F16, 0 }, { "BFloat16Storage", IP_U16, 1 },
	{ "LongStorage", IP_I64, 0 }, { "IntStorage", IP_I32, 0 },
	{ "ShortStorage", IP_I16, 0 }, { "CharStorage", IP_I8, 0 },
	{ "ByteStorage", IP_U8, 0 }, { "BoolStorage", IP_U8, 0 },
};

/* id: index of types, or one of the calls. */
const struct ip_pickle_global ip_torch_globals[] = {
	{ "collections", "OrderedDict", IP_MAKES_DICT, ORDERED_DICT },
	{ "torch._utils", "_rebuild_tensor_v2", IP_MAKES_CALL,
		REBUILD_TENSOR },
	{ "torch._utils", "_rebuild_parameter", IP_MAKES_CALL,
		REBUILD_PARAMETER },
	{ "torch", "FloatStorage", IP_MAKES_NOTHING, 0 },
	{ "torch", "DoubleStorage", IP_MAKES_NOTHING, 1 },
	{ "torch", "HalfStorage", IP_MAKES_NOTHING, 2 },
	{ "torch", "BFloat16Storage", IP_MAKES_NOTHING, 3 },
	{ "torch", "LongStorage", IP_MAKES_NOTHING, 4 },
	{ "torch", "IntStorage", IP_MAKES_NOTHING, 5 },
	{ "torch", "ShortStorage", IP_MAKES_NOTHING, 6 },
	{ "torch", "CharStorage", IP_MAKES_NOTHING, 7 },
	{ "torch", "ByteStorage", IP_MAKES_NOTHING, 8 },
	{ "torch", "BoolStorage", IP_MAKES_NOTHING, 9 },
	{ NULL, NULL, IP_MAKES_NOTHING, 0 }
};

static int bad(const struct ip_pickle *p, const struct ip_torch_entry *e,
	const char *what)
{
	return ip_fail(IP_EFORMAT, "%s: tensor '%s': %s", p->what, e->name,
		what);
}

/* The tuple of arguments if o is a call of global id, else NULL. */
static const struct ip_pickle_object *call_of(const struct ip_pickle *p,
	const struct ip_pickle_object *o, int id)
{
	if (o->kind != IP_PICKLE_CALL ||
	    ip_pickle_child(p, o, 0)->v.global->id != id)
		return NULL;
	return ip_pickle_child(p, o, 1);
}

/* A size, a stride or an offset. */
static int get_size(const struct ip_pickle_object *o, size_t *v)
{
	if (o->kind != IP_PICKLE_INT || o->v.i < 0 ||
	    (uint64_t)o->v.i > PTRDIFF_MAX)
		return -1;
	*v = (size_t)o->v.i;
	return 0;
}

/* ("storage", TYPE, key, place, number of elements) */
static int get_storage(const struct ip_pickle *p,
	const struct ip_pickle_object *o, struct ip_torch_entry *e)
{
	const struct ip_pickle_object *id, *type, *key;

	id = o->kind == IP_PICKLE_PERSISTENT ? ip_pickle_child(p, o, 0) : o;
	if (o->kind != IP_PICKLE_PERSISTENT || id->kind != IP_PICKLE_TUPLE ||
	    id->count != 5 ||
	    !ip_pickle_is(p, ip_pickle_child(p, id, 0), "storage"))
		return bad(p, e, "has no storage");
	type = ip_pickle_child(p, id, 1);
	key = ip_pickle_child(p, id, 2);
	if (type->kind != IP_PICKLE_GLOBAL || type->v.global->id < 0)
		return bad(p, e, "the type of its storage is none");
	if (key->kind != IP_PICKLE_STRING || key->count == 0 ||
	    get_size(ip_pickle_child(p, id, 4), &e->storage_count))
		return bad(p, e, "the name or size of its storage is none");
	e->type = &types[type->v.global->id];
	e->key = p->data + key->v.at;
	e->key_length = key->count;
	return 0;
}

static int get_shape(const struct ip_pickle *p,
	const struct ip_pickle_object *size,
	const struct ip_pickle_object *stride, struct ip_torch_entry *e)
{
	int d;

	if (size->kind != IP_PICKLE_TUPLE || stride->kind != IP_PICKLE_TUPLE ||
	    size->count != stride->count)
		return bad(p, e, "sizes and strides are not two tuples of one"
			" length");
	if (size->count > IP_MAX_DIMS)
		return ip_fail(IP_ENOTSUP, "%s: tensor '%s' has %u dimensions,"
			" at most %d can be read", p->what, e->name,
			size->count, IP_MAX_DIMS);
	e->ndim = (int)size->count;
	for (d = 0; d < e->ndim; d++)
		if (get_size(ip_pickle_child(p, size, (size_t)d),
		    &e->shape[d]) || get_size(ip_pickle_child(p, stride,
		    (size_t)d), &e->stride[d]))
			return bad(p, e, "a size or stride is negative or no"
				" integer");
	return 0;
}

/* All elements must be in the storage. */
static int check_extent(const struct ip_pickle *p, struct ip_torch_entry *e)
{
	size_t last = e->offset, step, bytes;
	int d, over = 0, empty = 0;

	e->count = 1;
	for (d = 0; d < e->ndim; d++)
		empty |= e->shape[d] == 0;
	for (d = 0; d < e->ndim && !empty; d++) {
		over |= ip_mul_size(e->count, e->shape[d], &e->count) ||
			ip_mul_size(e->shape[d] - 1, e->stride[d], &step) ||
			ip_add_size(last, step, &last);
		if (e->shape[d] == 1)	/* never taken, may be anything */
			e->stride[d] = 1;
	}
	e->count = empty ? 0 : e->count;
	over |= ip_mul_size(e->count, ip_dtype_size(e->type->dtype), &bytes);
	if (over || (!empty && last >= e->storage_count))
		return ip_fail(IP_EFORMAT, "%s: tensor '%s' reaches past the"
			" %zu elements of its storage", p->what, e->name,
			e->storage_count);
	return 0;
}

int ip_torch_describe(const struct ip_pickle *p,
	const struct ip_pickle_object *o, struct ip_torch_entry *e)
{
	const struct ip_pickle_object *args, *more;
	int rc;

	args = call_of(p, o, REBUILD_PARAMETER);
	if (args && args->count == 3)
		o = ip_pickle_child(p, args, 0);
	args = call_of(p, o, REBUILD_TENSOR);
	if (!args)
		return ip_fail(IP_EFORMAT, "%s: '%s' is %s, expected a tensor:"
			" save model.state_dict(), alone or as {\"state_dict\":"
			" ..}", p->what, e->name, ip_pickle_kind_name(o->kind));
	/* storage, offset, size, stride, requires_grad, hooks[, metadata] */
	if (args->count < 6 || args->count > 7)
		return bad(p, e, "is built from a wrong number of values");
	if (args->count == 7) {
		more = ip_pickle_child(p, args, 6);
		if (more->kind != IP_PICKLE_NONE &&
		    (more->kind != IP_PICKLE_DICT || more->count))
			return bad(p, e, "has metadata that are not understood"
				" (a conjugate or negative view)");
	}
	rc = get_storage(p, ip_pickle_child(p, args, 0), e);
	if (rc == 0 && get_size(ip_pickle_child(p, args, 1), &e->offset))
		rc = bad(p, e, "its place in the storage is negative or no"
			" integer");
	if (rc == 0)
		rc = get_shape(p, ip_pickle_child(p, args, 2),
			ip_pickle_child(p, args, 3), e);
	return rc < 0 ? rc : check_extent(p, e);
}
