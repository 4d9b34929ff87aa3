/* Between cli.c and report.c only. */
#ifndef IP_REPORT_H
#define IP_REPORT_H

void ip_report_start(const char *name, int quiet, int verbose);
void ip_report_end(void);

#endif
