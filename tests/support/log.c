/* The log callback of the tests: counts, and keeps the last of each kind. */
#include "support.h"

enum { TEXT_SIZE = 1024 };

static char last_error[TEXT_SIZE], last_warning[TEXT_SIZE];
static int errors, warnings;

static void capture(void *ctx, enum ip_level level, const char *text)
{
	(void)ctx;
	if (level == IP_LOG_ERROR) {
		errors++;
		snprintf(last_error, sizeof last_error, "%s", text);
	} else if (level == IP_LOG_WARN) {
		warnings++;
		snprintf(last_warning, sizeof last_warning, "%s", text);
	}
}

void ip_test_log_capture(void)
{
	errors = warnings = 0;
	last_error[0] = last_warning[0] = '\0';
	ip_log_set(capture, NULL);
}

int ip_test_log_errors(void)
{
	return errors;
}

int ip_test_log_warnings(void)
{
	return warnings;
}

const char *ip_test_log_error(void)
{
	return last_error;
}

const char *ip_test_log_warning(void)
{
	return last_warning;
}

void ip_test_assert_logged(const char *part)
{
	if (errors != 1)
		fail_msg("%d errors logged, expected one with '%s'; last: %s",
			errors, part, last_error);
	if (!strstr(last_error, part))
		fail_msg("logged '%s', expected '%s' in it", last_error, part);
}
