/**
 * What one rule had to do with one call, in words for security engineers and approvers. The same object stands in
 * `countersign policy explain --json`, in an {@link ApprovalRequest}, on its card and in the entry `approval.opened`.
 * Holds no value of an argument.
 */
export interface RuleExplanation {
  /** Ids that begin with `countersign.` are the gateway's own. */
  readonly id: string;
  readonly decision: 'allow' | 'block' | 'require_approval';
  /** The rule is watched only: it decides nothing. */
  readonly mode?: 'shadow';
  /** What fitted, clause by clause in the order it was asked, up to what did not. */
  readonly fitting: readonly string[];
  /** Why the rule does not apply, as a clause; absent when it does. */
  readonly mismatch?: string;
}
