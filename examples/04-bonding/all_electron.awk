# The electron scattering factor of the atom that CP2K computed, by its orbitals
# (s, p, d of Gaussians start * factor^i), beside Kirkland's, at the |g| given:
#	awk -f all_electron.awk q='0.3189 0.5208' kirkland.csv CP2K'S-OUTPUT
# f_e = (Z - f_x) / (8 pi^2 a0 s^2), s = q / 2 (Mott and Bethe).
FNR == NR {			# Z,symbol,a1,b1,a2,b2,a3,b3,c1,d1,c2,d2,c3,d3
	if (/^[0-9]/) {
		split($0, f, ",")
		for (i = 1; i <= 12; i++) kirkland[f[1], i] = f[i + 2]
	}
	next
}
/Atomic number:/ { z = $NF }
/Initial exponent:/ && !start { start = $3; factor = $6 }
/Orbital energies/ { energies = 1 }
/Total Electron Density/ { energies = 0 }
energies && NF == 5 && $3 > 0 { occupation[$2, $1] = $3 }
/ORBITAL      L =/ { l = $4; state = $7; n = 0; next }
NF == 1 && state { c[l, state, n++] = $1; count[l, state] = n }
NF == 0 && n { state = n = 0 }

# integral of r^(2l + 2) exp(-a r^2) sin(k r) / (k r)
function gauss(l, a, k,    x, y) {
	x = k * k / (4 * a)
	y = sqrt(3.14159265358979) / 4 * exp(-x) * a ^ (-1.5)
	if (l == 1) y *= (1.5 - x) / a
	if (l == 2) y *= (3.75 - 5 * x + x * x) / (a * a)
	return y
}
function form(l, state, k,    i, j, sum, norm, w, a) {
	for (i = 0; i < count[l, state]; i++)
		for (j = 0; j < count[l, state]; j++) {
			w = c[l, state, i] * c[l, state, j]
			a = start * (factor ^ i + factor ^ j)
			sum += w * gauss(l, a, k)
			norm += w * gauss(l, a, 0)
		}
	return sum / norm
}
END {
	printf "  %6s %10s %10s %8s\n", "q 1/A", "PBE A", "Kirkland A", "ratio"
	m = split(q, at, " ")
	for (p = 1; p <= m; p++) {
		fx = 0
		k = 2 * 3.14159265358979 * at[p] * 0.529177211
		for (key in occupation) {
			split(key, o, SUBSEP)
			fx += occupation[key] * form(o[1], o[2], k)
		}
		q2 = at[p] * at[p]
		fe = 0.02393366 * (z - fx) / (q2 / 4)
		k = 0
		for (i = 1; i <= 5; i += 2) {
			k += kirkland[z, i] / (q2 + kirkland[z, i + 1])
			k += kirkland[z, i + 6] * exp(-kirkland[z, i + 7] * q2)
		}
		printf "  %6.4f %10.4f %10.4f %8.4f\n", at[p], fe, k, fe / k
	}
}
