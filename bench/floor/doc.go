// Package floor holds what Prokura is compared with: the least that does the job, or what people take instead. It shares
// no code with the product, so that nothing that the product does slowly makes its floor slow too; a test watches that.
package floor
