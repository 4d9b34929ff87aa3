/* Named tensors with attributes: what every file format is read into. */
#ifndef IPHASE_BUNDLE_H
#define IPHASE_BUNDLE_H

#include <stddef.h>
#include <stdint.h>
#include <iphase/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ip_attr_type { IP_ATTR_TEXT = 1, IP_ATTR_F64 = 2, IP_ATTR_I64 = 3 };

/* count values (for text: bytes without the closing NUL). */
struct ip_attr {
	char *key;
	enum ip_attr_type type;
	size_t count;
	union { char *text; double *f64; int64_t *i64; } v;
};

/* In the order they were first set; keys are unique. {0} is empty. */
struct ip_attrs {
	size_t count;
	struct ip_attr *items;
};

/* Setters copy, and replace an older value of the same key. */
int ip_attrs_text(struct ip_attrs *a, const char *key, const char *text);
int ip_attrs_f64(struct ip_attrs *a, const char *key, const double *v,
	size_t n);
int ip_attrs_i64(struct ip_attrs *a, const char *key, const int64_t *v,
	size_t n);
int ip_attrs_number(struct ip_attrs *a, const char *key, double v);
const struct ip_attr *ip_attrs_find(const struct ip_attrs *a, const char *key);
/* The value of a one-number attribute, or fallback. */
double ip_attrs_get(const struct ip_attrs *a, const char *key, double fallback);
/* Of several numbers that at i, or the last one; or fallback. */
double ip_attrs_get_one(const struct ip_attrs *a, const char *key, size_t i,
	double fallback);
/* The text, or NULL if absent or not text. */
const char *ip_attrs_get_text(const struct ip_attrs *a, const char *key);
int ip_attrs_copy(struct ip_attrs *dst, const struct ip_attrs *src);
void ip_attrs_free(struct ip_attrs *a);

struct ip_item {
	char *name;
	struct ip_tensor tensor;
	struct ip_attrs attrs;
};

/* attrs describe the whole; names are unique. {0} is empty. */
struct ip_bundle {
	struct ip_attrs attrs;
	size_t count;
	struct ip_item *items;
};

/*
 * Add a tensor: the bundle takes over t's memory (t becomes {0}); a view is
 * copied. IP_EINVAL if the name is empty or taken; then t stays the caller's.
 * *item (if not NULL) points to the new item until the next add.
 */
int ip_bundle_add(struct ip_bundle *b, const char *name, struct ip_tensor *t,
	struct ip_item **item);
struct ip_item *ip_bundle_find(const struct ip_bundle *b, const char *name);
void ip_bundle_free(struct ip_bundle *b);

#ifdef __cplusplus
}
#endif
#endif
