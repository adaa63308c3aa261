/** What every benchmark needs at the command line: arguments, progress and kept records. */
package io.trident.benchmarks.command;
