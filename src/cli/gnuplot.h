/* Charts: gnuplot draws them, where there is one. */
#ifndef IP_CLI_GNUPLOT_H
#define IP_CLI_GNUPLOT_H

int ip_cli_have_gnuplot(void);
/*
 * Run a script in folder (NULL: where we are), which names its own output;
 * what gnuplot says goes to the file said (NULL: nowhere). Its exit status.
 */
int ip_cli_gnuplot(const char *folder, const char *script, const char *said);

#endif
