/* Models from files or by name. */
#include <string.h>
#include <unistd.h>
#include "measurement.h"
#include "structure.h"

int ip_cli_model_load(const char *name, struct ip_model *m)
{
	char path[4096];
	int found = 0;

	if (access(name, F_OK) != 0 && !strpbrk(name, "/."))
		found = ip_cli_data_find(path, sizeof path, "models", name,
			".ipt");
	return found < 0 ? found : ip_model_load(found ? path : name, m);
}
