// Most of what a compiler reads here.
#include <armadillo>
