/* JSON: its tokens, and the attributes of a bundle as JSON text. */
#ifndef IP_FORMATS_JSON_H
#define IP_FORMATS_JSON_H

#include <stddef.h>
#include <iphase/bundle.h>

/* Text that grows. */
struct ip_json_text {
	char *p;	/* to be freed */
	size_t n, cap;
	int rc;		/* the first failure; later puts do nothing */
};
void ip_json_put(struct ip_json_text *t, const char *s);
void ip_json_put_string(struct ip_json_text *t, const char *s);	/* quoted */

/* What is left to be read. */
struct ip_json {
	const char *p, *end;
};
enum { IP_JSON_OTHER = 1 };	/* no error yet: the text is something else */

void ip_json_skip(struct ip_json *q);	/* white space */
/* Step over s, and white space before it; 0 if it is not next. */
int ip_json_take(struct ip_json *q, const char *s);
/* A string into new memory; IP_JSON_OTHER, IP_ENOMEM. */
int ip_json_string(struct ip_json *q, char **out);

/*
 * {"attributes": {KEY: VALUE, ..}, "tensors": {NAME: {KEY: VALUE, ..}, ..}}
 * where a value is a text, a number or a list of numbers; a number with
 * neither point nor exponent is an integer. *text is NULL if there are no
 * attributes; to be freed.
 */
int ip_json_put_bundle(const struct ip_bundle *b, char **text, size_t *n);
/*
 * 0 if text is such an object, and b has its tensors; 1, and nothing is
 * reported, if it is something else; or IP_ENOMEM.
 */
int ip_json_check_bundle(const char *text, size_t n, const struct ip_bundle *b);
/* Add the attributes in text, which has been checked, to b. */
int ip_json_get_bundle(const char *text, size_t n, struct ip_bundle *b);

#endif
