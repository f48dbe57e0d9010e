# Draws results/bench/simulate.csv: gnuplot -e "csv='...'; svg='...'" bench/simulate_growth.gp
set datafile separator ","
set terminal svg size 720,420 font "sans-serif,12" background "white"
set output svg
set title "Simulated step of Llama 3.1 405B, 16 micro-batches, one thread"
set xlabel "GPUs"
set ylabel "median time, ms"
set logscale xy
set key left top
set grid
plot csv using (strcol(1) eq "full" ? $2 : NaN):5 with linespoints title "in full: every rank", \
     csv using (strcol(1) eq "folded" ? $2 : NaN):5 with linespoints title "folded"
