/* The attributes of a bundle as JSON text, and back. */
#ifndef IP_FORMATS_JSON_H
#define IP_FORMATS_JSON_H

#include <stddef.h>
#include <iphase/bundle.h>

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
