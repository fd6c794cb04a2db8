/** What a refusal says that came without words, in protocols whose readers look for some. */
export const wordlessRefusal = "The model refused to answer.";
