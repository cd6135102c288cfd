/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the style lexicon, English. Function words are closed classes. EXCESS holds
 * words whose frequency in abstracts, essays and web text jumped after 2022 and that chat
 * models use many times as often as people (Kobak et al. 2024, "Delving into ChatGPT usage
 * in academic writing", and counts of our own); none proves anything alone, their rate does.
 */
#include "detector/lexicon.h"

static const char *const words[EM_LEX_COUNT] = {
    [EM_LEX_ARTICLE] = "a an the",
    [EM_LEX_PREPOSITION] =
        "of in to for with on at by from about into over after before between under "
        "through "
        "during against among within without toward towards upon across throughout via "
        "amid amidst despite beyond behind beneath beside besides near off onto out up "
        "down "
        "around along above below since until per",
    [EM_LEX_COORDINATOR] = "and or but nor yet",
    [EM_LEX_SUBORDINATOR] = "because although though while whereas if unless since when "
                            "whenever than whether "
                            "until once so that as",
    [EM_LEX_BE] =
        "is are was were be been being am i'm it's that's he's she's they're we're "
        "you're isn't aren't wasn't weren't there's what's who's here's",
    [EM_LEX_HAVE] = "have has had having i've we've they've you've haven't hasn't hadn't",
    [EM_LEX_DO] = "do does did doing done don't doesn't didn't",
    [EM_LEX_MODAL] =
        "can could may might must shall should will would can't couldn't won't "
        "wouldn't shouldn't mustn't cannot i'll we'll you'll they'll he'll "
        "she'll it'll i'd we'd you'd they'd ought",
    [EM_LEX_NEGATION] =
        "not no never none nothing nobody nowhere neither nor don't doesn't "
        "didn't isn't aren't wasn't weren't can't couldn't won't wouldn't "
        "shouldn't haven't hasn't hadn't cannot ain't without",
    [EM_LEX_FIRST_SINGULAR] = "i me my mine myself i'm i've i'd i'll im ive",
    [EM_LEX_FIRST_PLURAL] = "we us our ours ourselves we're we've we'd we'll let's",
    [EM_LEX_SECOND] =
        "you your yours yourself yourselves you're you've you'd you'll ya u ur",
    [EM_LEX_THIRD] = "he she him her his hers himself herself they them their theirs "
                     "themselves he's she's "
                     "they're they've they'd they'll he'd she'd he'll she'll",
    [EM_LEX_IT] = "it its itself it's it'd it'll",
    [EM_LEX_DEMONSTRATIVE] = "this that these those",
    [EM_LEX_WH] = "who whom whose which what where why how when",
    [EM_LEX_QUANTIFIER] = "all some any many much few several most each every more less "
                          "enough another other others various numerous",
    [EM_LEX_CONTRACTION] =
        "i'm i've i'd i'll it's that's he's she's they're we're you're isn't aren't "
        "wasn't "
        "weren't there's what's who's here's we've they've you've haven't hasn't hadn't "
        "don't "
        "doesn't didn't can't couldn't won't wouldn't shouldn't mustn't we'll you'll "
        "they'll "
        "he'll she'll it'll we'd you'd they'd he'd she'd it'd let's ain't y'all how's "
        "where's "
        "would've could've should've that'll there'd needn't mightn't ma'am o'clock",
    [EM_LEX_HEDGE] = "may might could perhaps maybe possibly probably seem seems seemed "
                     "appear appears "
                     "appeared likely unlikely somewhat often sometimes generally "
                     "typically usually tend "
                     "tends arguably apparently relatively potentially largely partly "
                     "primarily mainly "
                     "commonly frequently occasionally roughly approximately suggest "
                     "suggests suggesting",
    [EM_LEX_BOOSTER] =
        "very really extremely truly absolutely certainly definitely clearly highly "
        "incredibly completely totally quite always indeed undoubtedly obviously deeply "
        "greatly strongly entirely fully simply particularly especially remarkably",
    [EM_LEX_CONNECTIVE] =
        "moreover furthermore additionally however overall consequently therefore thus "
        "hence "
        "nonetheless nevertheless ultimately finally firstly secondly thirdly lastly "
        "similarly conversely notably importantly meanwhile instead likewise "
        "specifically "
        "accordingly subsequently conclusion summary contrast result regardless",
    [EM_LEX_EXCESS] =
        "delve delves delving delved crucial pivotal intricate intricacies tapestry "
        "underscore underscores underscoring underscored showcase showcases showcasing "
        "showcased leverage leverages leveraging leveraged realm realms meticulous "
        "meticulously comprehensive multifaceted nuanced nuances robust seamless "
        "seamlessly "
        "foster fosters fostering fostered landscape testament vibrant bustling embark "
        "embarks embarked embarking enhance enhances enhancing enhanced navigate "
        "navigates "
        "navigating insights insightful invaluable groundbreaking transformative "
        "paramount "
        "harness harnessing harnesses profound profoundly captivating captivated myriad "
        "plethora ensure ensures ensuring vital essential notable significant "
        "significantly "
        "unwavering resonate resonates resonated resonating beacon camaraderie interplay "
        "commendable noteworthy elevate elevates elevating empower empowers empowering "
        "empowered unlock unlocks unlocking facilitate facilitates facilitating holistic "
        "innovative streamline streamlined streamlining dynamic evolving symphony "
        "palpable "
        "labyrinth kaleidoscope etched uncharted relentless newfound solace poignant "
        "enduring emphasize emphasizes emphasizing emphasized highlight highlights "
        "highlighting highlighted encompass encompasses encompassing align aligns "
        "aligning "
        "bolster bolsters bolstering mitigate mitigates mitigating adept garner garnered "
        "boasts boasting nestled indelible intertwined intricately thrive thrives "
        "thriving "
        "tailored tailor effortlessly cultivate cultivating cultivates resilience "
        "resilient "
        "sustainable inclusive inclusivity synergy cornerstone reimagine unravel "
        "unraveling "
        "whispers whispered shimmering echoed echoing gleaming",
    [EM_LEX_ABSTRACT] =
        "importance role impact aspect aspects factor factors approach approaches "
        "challenge "
        "challenges opportunity opportunities potential benefit benefits understanding "
        "development perspective perspectives context significance experience "
        "experiences "
        "environment process processes strategies strategy ability concept concepts "
        "principles values connection connections growth community communities "
        "individuals "
        "society considerations implications advancements contributions effectiveness "
        "complexity complexities sense journey",
    [EM_LEX_INFORMAL] =
        "lol haha hahaha yeah yep nope ok okay gonna wanna gotta kinda sorta dude guys "
        "hey wow "
        "btw imho imo tbh omg wtf lmao damn hell shit fuck fucking crap ass cuz cos coz "
        "til "
        "pls plz thx thanks hi hello awesome cool crazy dumb stupid nah ugh oh hmm um uh",
    [EM_LEX_DISCOURSE] =
        "actually basically anyway anyways just like so well even still also "
        "too though literally honestly right now then",
    [EM_LEX_SAYING] = "said says say told asked replied added reported announced wrote "
                      "claimed explained "
                      "according asked tells telling saying",
    [EM_LEX_THINKING] =
        "think thinks thought know knows knew believe feel felt guess want "
        "wanted wants wish hope remember wonder suppose mean figured",
    [EM_LEX_EVALUATION] = "great good amazing wonderful beautiful excellent perfect best "
                          "fantastic delightful "
                          "impressive incredible exceptional outstanding remarkable "
                          "stunning unique memorable "
                          "engaging compelling enjoyable valuable rich",
    [EM_LEX_VAGUE] =
        "thing things something anything everything stuff lot lots bit kind sort "
        "someone anyone somebody way",
    [EM_LEX_NUMERAL] =
        "one two three four five six seven eight nine ten first second third "
        "hundred thousand million billion dozen once twice",
    [EM_LEX_TIME] =
        "today yesterday tomorrow tonight now ago recently currently later earlier "
        "last next week month year years monday tuesday wednesday thursday friday "
        "saturday sunday january february march april june july august september "
        "october november december",
    [EM_LEX_SUCH] = "such including like example instance e.g",
    [EM_LEX_TYPO] =
        "dont cant wont didnt doesnt isnt wasnt im ive youre thats theyre alot teh "
        "recieve "
        "definately seperate occured untill wich becuase thier couldnt wouldnt shouldnt "
        "hasnt "
        "havent arent werent whats theres heres youve theyve lets id ur u r tho thru cuz "
        "bcuz wierd freind beleive goverment enviroment tommorow tommorrow existance "
        "independant arguement begining buisness calender collegue concious embarass "
        "foward grammer happend knowlege neccessary noticable ocurred posession prefered "
        "realy recomend refered remeber succesful suprise truely usefull wether writting",
    [EM_LEX_PARTICIPLE] =
        "made given known used seen done taken found written built held kept left lost "
        "paid "
        "sent set shown sold told thought brought bought caught chosen drawn driven "
        "fallen "
        "felt forgotten gone grown heard hidden hit hurt led met put read run said spent "
        "stolen taught thrown understood won worn",
    [EM_LEX_INCLUSIVE] = "both only also well alongside while whether either together",
};

const char *em_lexicon_words(enum em_lexicon_group group)
{
    return words[group];
}
