/** Collections of texts, questions and judgements in files, in the layout that BEIR uses. */
package io.trident.benchmarks.collection;
