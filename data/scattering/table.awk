# A scattering-factor table (Z,symbol,numbers...; # comments) as a C array of
# 103 rows, Z = 1 first; an element the table lacks is a row of zeros.
BEGIN { FS = "," }
/^#/ || /^Z,/ || /^[ \t\r]*$/ { next }
{
	sub(/\r$/, "")
	if (!cols)
		cols = NF - 2
	if (NF != cols + 2 || $1 !~ /^[0-9]+$/ || $1 < 1 || $1 > 103) {
		printf "%s:%d: expected Z from 1 to 103, a symbol and %d " \
			"numbers\n", FILENAME, FNR, cols >"/dev/stderr"
		bad = 1
		exit 1
	}
	row[$1 + 0] = "\t{ /* " $2 " */"
	for (i = 3; i <= NF; i++)
		row[$1 + 0] = row[$1 + 0] (i == 3 ? "" : ",") "\n\t\t" $i
	row[$1 + 0] = row[$1 + 0] " },"
}
END {
	if (bad || !cols)
		exit 1
	printf "/* Made from data/scattering/%s.csv by the Makefile. */\n", name
	printf "#include \"em/factor_table.h\"\n\n"
	printf "const double ip_%s_table[103][%d] = {\n", name, cols
	for (z = 1; z <= 103; z++)
		print z in row ? row[z] : "\t{ 0 },"
	print "};"
}
