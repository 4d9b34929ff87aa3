/* Aberrations as text, of options and of files. */
#include <stdio.h>
#include <string.h>
#include "aberrations.h"
#include "cli.h"

int ip_cli_aberrations(const char *text, struct ip_aberrations *a)
{
	static const char between[] = " ,";
	char item[64], *value;
	size_t n;
	double v;
	int rc = 0;

	for (text += strspn(text, between); rc == 0 && *text;
	    text += n + strspn(text + n, between)) {
		n = strcspn(text, between);
		snprintf(item, sizeof item, "%.*s", n < sizeof item ? (int)n
			: 0, text);
		value = strchr(item, '=');
		if (value)
			*value++ = 0;
		if (!value || ip_cli_real(value, &v))
			return ip_cli_error(IP_EINVAL, "aberrations: expected "
				"C30=1e7 or phi12=0.4, not '%s'", text);
		rc = ip_aberrations_set(a, item, v);
	}
	return rc;
}
