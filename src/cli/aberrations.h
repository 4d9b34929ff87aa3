/* Aberrations as text. */
#ifndef IP_CLI_ABERRATIONS_H
#define IP_CLI_ABERRATIONS_H

#include <iphase/em.h>

/* Set what text names, as "C10=-50 phi12=0.4", between blanks or commas.
 * IP_EINVAL, reported: it is not of that form. */
int ip_cli_aberrations(const char *text, struct ip_aberrations *a);

#endif
