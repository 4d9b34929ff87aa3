/* Charts: gnuplot draws them, where there is one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "gnuplot.h"

int ip_cli_have_gnuplot(void)
{
	const char *path = getenv("PATH");
	char name[4096];
	size_t n;

	for (; path && *path; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		if (snprintf(name, sizeof name, "%.*s/gnuplot", (int)n, path) <
		    (int)sizeof name && access(name, X_OK) == 0)
			return 1;
	}
	return 0;
}

/* -d: what the user has in ~/.gnuplot is not for us. */
static void become(const char *folder, const char *script, const char *said)
{
	if ((!folder || chdir(folder) == 0) &&
	    freopen("/dev/null", "r", stdin) &&
	    freopen(said ? said : "/dev/null", "w", stderr) &&
	    dup2(STDERR_FILENO, STDOUT_FILENO) >= 0)
		execlp("gnuplot", "gnuplot", "-d", script, (char *)NULL);
	_exit(127);
}

int ip_cli_gnuplot(const char *folder, const char *script, const char *said)
{
	int status = -1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		become(folder, script, said);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
