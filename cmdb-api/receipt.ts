import type { Receipt } from './contract.ts'

/** A receipt with nothing in it but what is given. */
export function receipt(of: Partial<Receipt> & Pick<Receipt, 'reportId' | 'outcome'>): Receipt {
  return { matchedBy: null, identity: null, changeSetId: null, changes: 0, needs: [], warnings: [], errors: [], ...of }
}
